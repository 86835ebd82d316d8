import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Config } from '../../src/config/config.ts'
import { getSigningKey, makeSigningKey } from '../../src/config/signing-key-file.ts'
import { trialConfig } from '../../src/config/trial-config.ts'
import { settleSigningKey } from '../../src/remote/settle-signing-key.ts'
import { openDatabase, type Db } from '../../src/store/database.ts'
import { insertRoom } from '../../src/store/rooms/rooms.ts'
import { silentLog } from '../../src/util/log.ts'
import { systemRandom } from '../../src/util/random.ts'
import { createTestDatabase } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'

// The server as people start it: through the launcher, on an embedded database of its own.
const ROOT = new URL('../../', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'hearth-start-'))
const children: ChildProcess[] = []
t.teardown(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

interface Running { readonly child: ChildProcess, readonly ended: Promise<number | null>, output(): string }

function launch(
  workingFolder: string, args: readonly string[], environment: Record<string, string> = {}, program = process.execPath,
): Running {
  const child = spawn(program, [...args], {
    cwd: workingFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  children.push(child)
  let output = ''
  child.stdout.on('data', (data: Buffer) => output += data.toString())
  child.stderr.on('data', (data: Buffer) => output += data.toString())
  return { child, ended: new Promise((resolve) => child.on('close', resolve)), output: () => output }
}

/** Resolves with what the server said of itself when it is ready; rejects when it ended instead. */
async function whenReady({ child, ended, output }: Running): Promise<string> {
  const ready = new Promise<string>((resolve) => {
    const look = (): void => {
      if (/First admin|Trial|Connect/.test(output())) resolve(output())
    }
    child.stdout?.on('data', look)
    look()
  })
  return Promise.race([ready, ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${output()}`)))])
}

const MAIN = join(ROOT, 'src', 'main.ts')
const urlOf = (said: string): string => /Listens on +(http:\/\/\S+)/.exec(said)?.[1] ?? ''
const ANY_PORT = { HEARTH_LISTENERS: '[{ port: 0, resources: [client, federation, health, metrics] }]' }

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

t.test('a first start tells how to get in; SIGTERM ends it in good order, also while somebody waits', { timeout: 120_000 }, async (t) => {
  const running = launch(folder, [join(ROOT, 'bin', 'run.mjs'), MAIN, 'start'], ANY_PORT)
  const said = await whenReady(running)
  t.match(said, /Server name +localhost/)
  t.match(said, /First admin +http:\S+ \(works once\)/)
  t.match(said, /Trial +Everybody on this machine may register/)
  const url = urlOf(said)
  t.match(await (await fetch(`${url}/_matrix/client/versions`)).json(), { versions: Array })
  t.equal((await fetch(`${url}/readyz`)).status, 200)

  const registered = await fetch(`${url}/_matrix/client/v3/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'waiter', password: 'a good password', auth: { type: 'm.login.dummy' } }),
  })
  const { access_token: token } = await registered.json() as { access_token: string }
  const headers = { authorization: `Bearer ${token}` }
  const { next_batch: since } = await (await fetch(`${url}/_matrix/client/v3/sync`, { headers })).json() as { next_batch: string }
  const waiting = fetch(`${url}/_matrix/client/v3/sync?timeout=60000&since=${encodeURIComponent(since)}`, { headers })
  // Answered only after the one that waits has arrived.
  await fetch(`${url}/_matrix/client/v3/account/whoami`, { headers })
  running.child.kill('SIGTERM')
  t.equal((await waiting).status, 200, 'who waits gets an answer')
  t.equal(await running.ended, 0)
  t.notMatch(running.output(), /database connection/, 'nothing is said of what belongs to a stop')
  t.notOk(existsSync(join(folder, 'data', 'postgres', 'cluster', 'postmaster.pid')), 'PostgreSQL has stopped')
  t.notOk(existsSync(join(folder, 'data', 'server.pid')))
})

t.test('a signal to npm or to npx ends the server, though their shell hands none on', { timeout: 120_000 }, async (t) => {
  const environment = { ...ANY_PORT, HEARTH_DATA_DIR: join(folder, 'data') }
  const byNpm = launch(ROOT, ['start'], environment, 'npm')
  await whenReady(byNpm)
  byNpm.child.kill('SIGTERM')
  await byNpm.ended
  t.notOk(existsSync(join(folder, 'data', 'server.pid')))

  const command = `"${process.execPath}" "${join(ROOT, 'bin', 'hearth.mjs')}" start; true`
  const byNpx = launch(folder, ['-c', command], { ...environment, npm_command: 'exec' }, 'sh')
  await whenReady(byNpx)
  byNpx.child.kill('SIGTERM')
  await byNpx.ended
  t.notOk(existsSync(join(folder, 'data', 'server.pid')))
})

t.test('after kill -9 it starts again on its data, and another server is kept from them', { timeout: 120_000 }, async (t) => {
  const first = launch(folder, [MAIN, 'start'], ANY_PORT)
  await whenReady(first)
  const second = launch(folder, [MAIN, 'start'], ANY_PORT)
  t.equal(await second.ended, 1)
  t.match(second.output(), /^Another Hearth \(process \d+\) already runs on the data folder/)
  first.child.kill('SIGKILL')
  await first.ended
  t.ok(existsSync(join(folder, 'data', 'server.pid')), 'a note was left behind')

  const third = launch(folder, [MAIN, 'start'], ANY_PORT)
  const url = urlOf(await whenReady(third))
  t.equal((await fetch(`${url}/_matrix/client/v3/register/available?username=waiter`)).status, 400, 'the account is still there')
  third.child.kill('SIGINT')
  t.equal(await third.ended, 0)
})

t.test('without its signing key a server does not start, until there is one again', { timeout: 120_000 }, async (t) => {
  const path = join(folder, 'data', 'signing.key')
  const key = readFileSync(path)
  rmSync(path)
  const refused = launch(folder, [MAIN, 'start'], ANY_PORT)
  t.equal(await refused.ended, 1)
  t.match(refused.output(), /^There is no signing key at .*signing\.key, but this server has one \(ed25519:a_\w+\).*Put the file back/)
  t.match(refused.output(), /"npx hearth generate-key" makes another one; .*old_verify_keys: \[\{ key_id: "ed25519:a_/)
  t.notOk(existsSync(path), 'none is made unasked')
  t.notOk(existsSync(join(folder, 'data', 'server.pid')))
  writeFileSync(path, key)
  const again = launch(folder, [MAIN, 'start'], ANY_PORT)
  t.notMatch(await whenReady(again), /The signing key/)
  again.child.kill('SIGTERM')
  t.equal(await again.ended, 0)
})

t.test('a signing key is made for a new server only; another one than before is told until the old one is published', async (t) => {
  const { db, close } = openDatabase(await createTestDatabase(t), silentLog, 2)
  t.teardown(() => close())
  const warnings: string[] = []
  const log = { ...silentLog, warn: (_: object, text?: string) => void warnings.push(text ?? '') }
  const { federation } = trialConfig(folder)
  const settle = (name: string, oldVerifyKeys: Config['federation']['oldVerifyKeys'] = []) => settleSigningKey({
    db, clock: new FakeClock(), random: systemRandom, log,
    config: { signingKeyPath: join(folder, name), federation: { ...federation, oldVerifyKeys } },
  })
  const first = await settle('first.key')
  t.equal((await settle('first.key')).keyId, first.keyId)
  await t.rejects(settle('second.key'), { message: /There is no signing key at .*second\.key, but this server has one/ })
  await t.rejects(getSigningKey(join(folder, 'second.key')), { message: /There is no signing key at/ })
  const second = await makeSigningKey(join(folder, 'second.key'), systemRandom)
  await t.rejects(makeSigningKey(join(folder, 'second.key'), systemRandom), { message: /cannot be written to .*EEXIST/ })
  t.same(warnings, [])
  t.equal((await settle('second.key')).keyId, second.keyId)
  t.match(warnings, [`old_verify_keys: [{ key_id: "${first.keyId}", public_key: "${first.publicKey}", expired_ts: `])
  await settle('second.key', [{ ...first, expiredTs: 1 }])
  await settle('second.key')
  t.equal(warnings.length, 1, 'nothing more is to be done')
  await deleteFact(db)
  rmSync(join(folder, 'second.key'))
  await insertRoom(db, { roomId: '!a:localhost', version: '12', createdAt: 1 })
  await t.rejects(settle('second.key'), { message: /others cannot check then what was signed with the old one/ })
})

const deleteFact = (db: Db) => db.deleteFrom('server_info').where('name', '=', 'verify_key').execute()

t.test('what the operator can put right is one sentence with the fix', { timeout: 120_000 }, async (t) => {
  const port = await findFreePort()
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
  t.teardown(() => void taken.close())
  const busy = launch(folder, [MAIN], { HEARTH_LISTENERS: `[{ port: ${port}, resources: [client] }]` })
  t.equal(await busy.ended, 1)
  t.match(busy.output(), `Another program already listens on 127.0.0.1:${port}. Stop it, or choose another port under listeners.`)
  t.notMatch(busy.output(), '--port')
  const trial = launch(folder, [MAIN, '--port', String(port)])
  t.equal(await trial.ended, 1)
  t.match(trial.output(), `In a trial: npm start -- --port ${port + 1}`)
  t.notMatch(busy.output(), /\n {4}at /, 'no stack trace')

  writeFileSync(join(folder, 'renamed.yaml'), 'server_name: other.example\nlisteners: [{ port: 0, resources: [client] }]\n')
  const renamed = launch(folder, [MAIN, '--config', 'renamed.yaml'])
  t.equal(await renamed.ended, 1)
  t.match(
    renamed.output(),
    /The database belongs to the server localhost, but the configuration says other\.example\. Set server_name to localhost/,
  )
  t.notMatch(renamed.output(), /\n {4}at /)

  const media = launch(folder, [MAIN], { HEARTH_MEDIA_PATH: '/proc/none' })
  t.equal(await media.ended, 1)
  t.match(media.output(), /^The media folder \/proc\/none cannot be written/)

  const unknown = launch(folder, [MAIN, 'start'], { HEARTH_DATABASE_URL: 'postgresql://127.0.0.1:1/none' })
  t.equal(await unknown.ended, 1)
  t.match(unknown.output(), /^PostgreSQL at 127\.0\.0\.1:1\/none cannot be used\./)
})

t.test('without Node 26 the launcher says what to do', async (t) => {
  const empty = join(folder, 'copy')
  mkdirSync(join(empty, 'bin'), { recursive: true })
  // The same launcher where nothing is installed, and a Node that is always too old.
  const text = readFileSync(join(ROOT, 'bin', 'run.mjs'), 'utf8').replace('const NEEDED = 26', 'const NEEDED = 999')
  writeFileSync(join(empty, 'bin', 'run.mjs'), text)
  const running = launch(empty, [join(empty, 'bin', 'run.mjs'), 'src/main.ts'])
  t.equal(await running.ended, 1)
  t.match(running.output(), /^Hearth needs Node 999 or newer; this is v\d+.*\. Run "npm ci" first\.$/m)
})
