import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { explainError } from '../../src/cli/explain-error.ts'
import { findPassword } from '../../src/cli/find-password.ts'
import type { LoadedConfig } from '../../src/cli/load-config.ts'
import { caddySnippet, nginxSnippet } from '../../src/cli/proxy-snippets.ts'
import { welcome } from '../../src/cli/welcome.ts'
import { trialConfig } from '../../src/config/trial-config.ts'
import { parseSigningKeys } from '../../src/matrix/signing.ts'
import { OperatorError } from '../../src/util/operator-error.ts'
import { systemRandom } from '../../src/util/random.ts'
import { FakeClock } from '../support/fake-clock.ts'

const root = mkdtempSync(join(tmpdir(), 'hearth-cli-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))
let folders = 0

function makeFolder(): string {
  const folder = join(root, String(++folders))
  mkdirSync(folder)
  return folder
}

interface Result { readonly code: number, readonly said: string, readonly noted: string }

async function hearth(workingFolder: string, args: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  const said: string[] = []
  const noted: string[] = []
  const code = await runCommandLine(args, {
    workingFolder, environment, clock: new FakeClock(), random: systemRandom, version: '1.2.3',
    print: (text) => void said.push(text),
    note: (text) => void noted.push(text),
    createServer: () => Promise.reject(new OperatorError('No server here.')),
  })
  return { code, said: said.join('\n'), noted: noted.join('\n') }
}

t.test('says which version it is, which commands there are, and which one was meant', async (t) => {
  const folder = makeFolder()
  t.match(await hearth(folder, ['--version']), { code: 0, said: '1.2.3' })
  t.match(await hearth(folder, ['--help']), {
    code: 0,
    said: /start[\s\S]*init[\s\S]*config[\s\S]*user[\s\S]*generate-key[\s\S]*backup[\s\S]*restore/,
  })
  t.match(await hearth(folder, ['strat']), { code: 1, noted: /unknown command 'strat'\n\(Did you mean start\?\)/ })
})

t.test('config check finds the file, and names every mistake in it', async (t) => {
  const folder = makeFolder()
  t.match(await hearth(folder, ['config', 'check']), { code: 0, said: /There is no file: Hearth would start a trial/ })
  writeFileSync(join(folder, 'hearth.yaml'), 'server_name: a.example\n')
  t.match(await hearth(folder, ['config', 'check']), { code: 0, said: 'hearth.yaml is a good configuration.' })
  writeFileSync(join(folder, 'bad.yaml'), 'server_name: a.example\nlog: { level: inof }\nports: 1\n')
  const told = 'bad.yaml:3:1: ports is not a key that Hearth knows; possible here: '
  for (const [args, environment] of [[['-c', 'bad.yaml'], {}], [[], { HEARTH_CONFIG: 'bad.yaml' }]] as const) {
    const { code, noted } = await hearth(folder, ['config', 'check', ...args], environment)
    t.equal(code, 1)
    t.match(noted, told)
    t.match(noted, 'bad.yaml:2:15: log.level cannot be "inof"; did you mean "info"?')
  }
})

t.test('config check tells what has no effect yet', async (t) => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'hearth.yaml'), `server_name: a.example
redis: { url: redis://127.0.0.1 }
media: { url_preview: true }
rate_limits: { third_party_mail: { burst: 5, per_second: 1 } }
email: { host: mail.example, from: a@a.example, port: 587 }
`)
  const environment = { HEARTH_DATABASE_URL: 'postgresql://x/y', HEARTH_DATABASE_REPLICAS: '["postgresql://z/y"]' }
  t.equal((await hearth(folder, ['config', 'check'], environment)).said, [
    'hearth.yaml is a good configuration.',
    'hearth.yaml:2:15: redis.url has no effect yet.',
    'hearth.yaml:3:23: media.url_preview has no effect yet.',
    'hearth.yaml:4:58: rate_limits.third_party_mail.per_second has no effect yet.',
    'hearth.yaml:5:16: email.host has no effect yet.',
    'hearth.yaml:5:36: email.from has no effect yet.',
    'HEARTH_DATABASE_REPLICAS: database.replicas has no effect yet.',
  ].join('\n'))
})

t.test('config explain and config schema', async (t) => {
  const folder = makeFolder()
  t.match(await hearth(folder, ['config', 'explain', 'presence.enabled']), {
    code: 0,
    said: /Whether presence is kept and shown\.\n {2}Default: true/,
  })
  t.match(await hearth(folder, ['config', 'explain', 'presence.enabeld']), { code: 1, noted: /did you mean "enabled"\?/ })
  t.match(JSON.parse((await hearth(folder, ['config', 'schema'])).said) as object, { type: ['object', 'null'], required: ['server_name'] })
})

t.test('init writes a configuration, a key and settings for a reverse proxy, and overwrites nothing', async (t) => {
  const folder = makeFolder()
  const answers = ['--yes', '--server-name', 'example.org', '--public-baseurl', 'https://matrix.example.org/', '--registration', 'token']
  const { code, said } = await hearth(folder, ['init', ...answers])
  t.equal(code, 0)
  t.match(said, /hearth\.yaml is the configuration[\s\S]*data\/signing\.key is the signing key[\s\S]*Next: npx hearth start$/)
  t.match(await hearth(folder, ['config', 'check']), { code: 0 })
  const text = readFileSync(join(folder, 'hearth.yaml'), 'utf8')
  t.match(text, 'public_baseurl: "https://matrix.example.org"\n')
  t.match(text, 'enabled: true\n  tokens_required: true\n')
  t.equal(statSync(join(folder, 'hearth.yaml')).mode & 0o077, 0, 'it may hold a password')
  t.equal(parseSigningKeys(readFileSync(join(folder, 'data', 'signing.key'), 'utf8'))?.length, 1)
  t.match(readFileSync(join(folder, 'hearth.nginx.conf'), 'utf8'), 'server_name matrix.example.org;')
  t.match(readFileSync(join(folder, 'hearth.Caddyfile'), 'utf8'), 'example.org {')
  t.match(await hearth(folder, ['init', ...answers]), { code: 1, noted: /is there already and is not overwritten/ })
  rmSync(join(folder, 'hearth.yaml'))
  t.match(await hearth(folder, ['init', ...answers]), { code: 1, noted: /hearth\.nginx\.conf is there already/ })
  t.notOk(existsSync(join(folder, 'hearth.yaml')), 'nothing is written beside what somebody has changed')
})

t.test('init says what is wrong with an answer', async (t) => {
  const folder = makeFolder()
  const told: readonly [args: string[], told: string | RegExp][] = [
    [[], /^--server-name must be given\.$/],
    [['--server-name', 'https://a.example'], '--server-name must be a name without "http://"; write a.example.'],
    [['--server-name', 'a.example', '--public-baseurl', 'a.example'], '--public-baseurl must be a URL such as https://matrix.example.org.'],
    [['--server-name', 'a.example', '--registration', 'all'], '--registration must be one of closed, token, open.'],
    [['--server-name', 'a.example', '--database-url', 'mysql://x'], /^--database-url must be a URL such as postgresql:/],
  ]
  for (const [args, complaint] of told) t.match(await hearth(folder, ['init', '--yes', ...args]), { code: 1, noted: complaint })
  t.match(await hearth(folder, ['init']), {
    code: 1, noted: /^--server-name must be given\. Nobody can be asked here, without a terminal: Which name stands behind the colon/,
  })
  t.notOk(existsSync(join(folder, 'hearth.yaml')), 'nothing was written')
})

t.test('generate-key never overwrites a key', async (t) => {
  const folder = makeFolder()
  t.match(await hearth(folder, ['generate-key', 'new.key']), { code: 0, said: /new\.key holds the key ed25519:\w+ now/ })
  const text = readFileSync(join(folder, 'new.key'), 'utf8')
  t.match(await hearth(folder, ['generate-key', 'new.key']), { code: 1, noted: /is there already/ })
  t.equal(readFileSync(join(folder, 'new.key'), 'utf8'), text)
  t.match(await hearth(folder, ['generate-key']), { code: 0, said: /data.signing\.key holds/ })
})

t.test('a database that cannot be used is explained', async (t) => {
  const folder = makeFolder()
  const said = await hearth(folder, ['user', 'list'], { HEARTH_DATABASE_URL: 'postgresql://me:secret@127.0.0.1:1/none' })
  t.equal(said.code, 1)
  t.match(
    said.noted,
    /^PostgreSQL at 127\.0\.0\.1:1\/none cannot be used\. It says: .*ECONNREFUSED.*\. Nothing listens there: start PostgreSQL/,
  )
  t.notMatch(said.noted, /secret|\n {4}at /, 'without the password and without a stack trace')
})

t.test('a password file that cannot be read is explained', async (t) => {
  const passwordFile = join(makeFolder(), 'none')
  await t.rejects(findPassword({ passwordFile }, systemRandom), new OperatorError(
    `The password file cannot be read: ENOENT: no such file or directory, open '${passwordFile}'.`,
  ))
})

t.test('a place that cannot be written is one sentence', async (t) => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'file'), '')
  writeFileSync(join(folder, 'hearth.yaml'), 'server_name: a.example\n')
  const told: readonly [args: string[], told: RegExp][] = [
    [['backup', '/proc/none/copy'], /^\/proc\/none cannot be used \(ENOENT.*\)\. There is no such file or folder\. Make it, or/],
    [['backup', 'file/copy'], /file.copy\.unfinished cannot be used \(ENOTDIR.*Something above it is a file/],
    [['generate-key', '/proc/none/key'], /^The signing key cannot be written to \/proc\/none\/key \(ENOENT/],
    [['generate-key', 'file/key'], /^The signing key cannot be written to \S+ \(/],
    [['init', '--yes', '--server-name', 'a.example', '-o', '/proc/none/h.yaml'], /^\/proc\/none cannot be used/],
    [['init', '--yes', '--server-name', 'a.example', '-o', 'file/h.yaml'], /file cannot be used \(EEXIST.*It is there already/],
  ]
  for (const [args, complaint] of told) {
    const { code, noted } = await hearth(folder, args)
    t.equal(code, 1)
    t.match(noted, complaint, args.join(' '))
    t.notMatch(noted, /should not happen/)
  }
  t.match(await hearth(folder, ['user', 'list'], { HEARTH_DATA_DIR: '/proc/none/data' }), { code: 1, noted: /^The data folder \/proc/ })
})

t.test('a trial may have another port, and only a trial', async (t) => {
  const folder = makeFolder()
  t.match(await hearth(folder, ['start', '--port', '70000']), { code: 1, noted: /It must be a number from 0 to 65535/ })
  const refused = { code: 1, noted: '--port is for a trial without a configuration. Write the port under listeners.' }
  t.match(await hearth(folder, ['--port', '8009'], { HEARTH_LISTENERS: '[{ port: 1, resources: [client] }]' }), refused)
  writeFileSync(join(folder, 'hearth.yaml'), 'server_name: a.example\n')
  t.match(await hearth(folder, ['start', '--port', '8009']), refused)
})

t.test('a backup folder that is none is explained', async (t) => {
  const folder = makeFolder()
  t.match(await hearth(folder, ['restore', 'nowhere']), { code: 1, noted: /nowhere is no backup: it has no manifest\.json/ })
})

t.test('a data folder that cannot be made is explained', async (t) => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'file'), '')
  const { code, noted } = await hearth(folder, ['user', 'list'], { HEARTH_DATA_DIR: 'file/data' })
  t.equal(code, 1)
  t.match(
    noted,
    /^The data folder .*file.data cannot be written \(ENOTDIR.*Give it to the user who runs Hearth, or set data_dir to another folder\.$/,
  )
})

t.test('errors of the system become a sentence with the fix', async (t) => {
  const error = (fields: object): Error => Object.assign(new Error('it failed'), fields)
  t.equal(explainError(error({ code: 'EADDRINUSE', address: '127.0.0.1', port: 8008 })),
    'Another program already listens on 127.0.0.1:8008. Stop it, or choose another port under listeners.')
  t.match(explainError(error({ code: 'EADDRINUSE', address: '::', port: 80 })), /\[::\]:80/)
  t.match(explainError(error({ code: 'EADDRNOTAVAIL', address: '10.9.9.9', port: 80 })), /This machine has no address 10\.9\.9\.9/)
  t.match(explainError(error({ code: 'EACCES', address: '0.0.0.0', port: 80 })), /ports below 1024 belong to root/)
  t.match(explainError(error({ code: 'EACCES', path: '/data/x' })), /^\/data\/x cannot be used/)
  t.match(explainError(error({ code: 'ENOTDIR', path: '/data/x' })), /^\/data\/x cannot be used \(.*Something above it is a file/)
  t.match(explainError(error({ code: 'EMFILE' })), /^Too many files are open/)
  t.match(explainError(error({ severity: 'ERROR', code: '53100' })), /^PostgreSQL says: it failed\. Its disk is full/)
  t.match(explainError(error({ severity: 'FATAL', code: '57P01' })), /^PostgreSQL says: it failed\. Put that right, then try again\./)
  t.equal(explainError(error({ severity: 'ERROR', code: '42601' })), undefined)
  t.equal(explainError(error({ code: 'EUNKNOWN', path: '/data/x' })), undefined)
  t.match(explainError(error({ code: 'ENOSPC', path: '/data/x' })), /The disk is full/)
  t.equal(explainError(new OperatorError('Do this.')), 'Do this.')
  t.equal(explainError(new TypeError('a bug')), undefined)
  t.equal(explainError('a bug'), undefined)
})

t.test('the welcome says where to go', async (t) => {
  const config = trialConfig(root)
  const loaded: LoadedConfig = { config, isTrial: true, file: undefined, idle: ['redis.url has no effect yet.'] }
  const text = welcome({
    version: '1.2.3',
    loaded,
    urls: ['http://127.0.0.1:8008'],
    place: 'here',
    setupUrl: 'http://localhost:8008/setup',
  })
  t.match(text, /Hearth 1\.2\.3 is running\./)
  t.match(text, 'Listens on   http://127.0.0.1:8008 (client, federation, health)')
  t.match(text, 'choose the homeserver http://localhost:8008')
  t.match(text, 'First admin  http://localhost:8008/setup (works once)')
  t.match(text, 'Not yet      redis.url has no effect yet.')
  t.match(text, 'Everybody on this machine may register')
  const listeners = config.listeners.map((listener) => ({ ...listener, port: 0 }))
  const own = welcome({
    version: '1',
    loaded: { config: { ...config, listeners }, isTrial: false, file: 'hearth.yaml', idle: [] },
    urls: ['http://127.0.0.1:4242'],
    place: 'here',
    setupUrl: undefined,
  })
  t.match(own, 'choose the homeserver http://127.0.0.1:4242')
  t.notMatch(own, /First admin|Trial/)
})

t.test('settings of a reverse proxy name the other host only where there is one', async (t) => {
  const same = { serverName: 'a.example', publicHost: 'a.example', port: 8008 }
  const other = { serverName: 'a.example', publicHost: 'm.a.example', port: 8008 }
  t.notMatch(nginxSnippet(same), /others find/)
  t.match(nginxSnippet(other), /In the server section of a\.example/)
  t.notMatch(caddySnippet(same), /others find/)
  t.match(caddySnippet(other), /\na\.example \{\n/)
  t.match(nginxSnippet(same), 'proxy_pass http://127.0.0.1:8008;')
})
