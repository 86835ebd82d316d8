import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { Config } from '../../src/config/config.ts'
import { trialConfig } from '../../src/config/trial-config.ts'
import { Doors } from '../../src/http/doors.ts'
import { InnerDoor } from '../../src/http/inner-door.ts'
import { createStandby } from '../../src/http/standby.ts'
import { createServer, type Server } from '../../src/server.ts'
import type { Connection } from '../../src/store/database.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLog } from '../../src/util/log.ts'
import { createMetrics } from '../../src/util/metrics.ts'
import { systemRandom } from '../../src/util/random.ts'
import { createApi, V3, type Api } from '../support/api.ts'
import { createTestDatabase } from '../support/database.ts'
import { startFront } from '../support/front.ts'
import { untilTrue } from '../support/until-true.ts'

interface Process { readonly server: Promise<Server>, readonly url: string, readonly api: Api, readonly stop: AbortController }

/** A process of a server whose database others may use too; resolves when its doors are open. */
async function startProcess(t: Test, connection: Connection, folder: string, name: string): Promise<Process> {
  const trial = trialConfig(join(folder, name))
  const config: Config = {
    ...trial,
    listeners: [{ bind: '127.0.0.1', port: 0, resources: ['client', 'federation', 'health', 'metrics'], tls: undefined }],
    signingKeyPath: join(folder, 'signing.key'),
    media: { ...trial.media, path: join(folder, 'media') },
    rateLimits: { ...trial.rateLimits, enabled: false },
    passwordHash: { fastInsecure: true },
    trustedProxies: ['127.0.0.1'],
    database: { ...trial.database, url: 'postgresql://named.by.connection/' },
  }
  const stop = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const server = createServer({
    config, connection, clock: systemClock, random: systemRandom, log: silentLog, version: '0.0.0',
    metrics: createMetrics({ ofProcess: false }), signal: stop.signal, onStandby: ([url]) => resolve(url ?? ''),
  })
  server.then(async (own) => resolve((await own.listen())[0]?.url ?? '')).catch(reject)
  t.teardown(async () => {
    stop.abort()
    await server.then((own) => own.close()).catch(() => undefined)
  })
  const url = await promise
  return { server, url, api: createApi(url), stop }
}

async function startTwo(t: Test) {
  const connection = await createTestDatabase(t)
  const folder = await mkdtemp(join(tmpdir(), 'hearth-standby-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const owner = await startProcess(t, connection, folder, 'one')
  const standby = await startProcess(t, connection, folder, 'two')
  return { connection, folder, owner, standby }
}

async function register({ api }: Process, username: string): Promise<string> {
  const { body } = await api.post(`${V3}/register`, { body: { username, password: 'a good password', auth: { type: 'm.login.dummy' } } })
  return String(body['access_token'])
}

t.test('a process that stands by hands on what it is asked, and takes over when the other one ends', { timeout: 60_000 }, async (t) => {
  const { owner, standby } = await startTwo(t)
  t.match((await owner.api.get('/readyz')).body, { ok: true, role: 'owner' })
  t.match((await standby.api.get('/readyz')).body, { ok: true, role: 'standby' })
  t.equal((await standby.api.get('/metrics')).status, 200)
  const token = await register(standby, 'alice')
  const { body: { room_id: roomId } } = await standby.api.post(`${V3}/createRoom`, { token, body: {} })
  const send = (api: Api, txnId: string) =>
    api.put(`${V3}/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${txnId}`, { token, body: { msgtype: 'm.text', body: txnId } })
  const sent = await send(standby.api, 'one')
  t.equal(sent.status, 200)
  t.same((await send(owner.api, 'one')).body, sent.body, 'a retry at the other process gets the same answer')
  t.equal((await standby.api.get('/nothing/here')).status, 404)
  t.equal((await standby.api.get(`${V3}/account/whoami`)).status, 401)

  const { body: { next_batch: since } } = await standby.api.get(`${V3}/sync`, { token })
  const waiting = standby.api.get(`${V3}/sync?timeout=30000&since=${encodeURIComponent(since)}`, { token })
  await send(owner.api, 'two')
  t.match(JSON.stringify((await waiting).body), /"two"/, 'who waits at the one hears what came to the other')

  const late = standby.api.get(`${V3}/sync?timeout=30000&since=${encodeURIComponent((await waiting).body['next_batch'])}`, { token })
  await standby.api.get(`${V3}/account/whoami`, { token })
  await (await owner.server).close()
  t.equal((await late).status, 200, 'who waits when the other one ends in good order gets an ordinary empty answer')
  await standby.server
  t.match((await standby.api.get('/readyz')).body, { ok: true, role: 'owner' })
  t.same((await send(standby.api, 'one')).body, sent.body, 'what was answered before is answered alike')
  t.equal((await send(standby.api, 'three')).status, 200)
})

t.test('bytes and streams pass in both directions', { timeout: 60_000 }, async (t) => {
  const { standby } = await startTwo(t)
  const token = await register(standby, 'bob')
  const bytes = Buffer.alloc(3_000_000, 'x')
  const uploaded = await standby.api.post('/_matrix/media/v3/upload?filename=x.bin', {
    token, body: bytes, headers: { 'content-type': 'application/octet-stream' },
  })
  const mxc = String(uploaded.body['content_uri']).slice('mxc://'.length)
  const response = await fetch(`${standby.url}/_matrix/client/v1/media/download/${mxc}`, { headers: { authorization: `Bearer ${token}` } })
  t.ok(Buffer.from(await response.arrayBuffer()).equals(bytes))

  const socket = new WebSocket(`${standby.url.replace('http', 'ws')}/_hearth/client/v1/sync/ws`)
  const frames: string[] = []
  let isClosed = false
  socket.on('message', (data) => frames.push(data.toString()))
  socket.on('close', () => {
    isClosed = true
  })
  socket.on('open', () => socket.send(JSON.stringify({ access_token: token })))
  await untilTrue(() => frames.length > 0)
  t.match(JSON.parse(frames[0] ?? ''), { next_batch: String })
  socket.close()
  await untilTrue(() => isClosed)
  const refused = new WebSocket(`${standby.url.replace('http', 'ws')}/nothing`)
  const { promise, resolve } = Promise.withResolvers<number>()
  refused.on('unexpected-response', (_req, { statusCode }) => resolve(statusCode ?? 0))
  refused.on('error', () => undefined)
  t.equal(await promise, 404)
})

t.test('whose request it was is told between the processes only', async (t) => {
  const inner = await InnerDoor.open({ bind: '127.0.0.1', port: 0 }, 'the secret')
  const { asked } = await startFront(t, { inner })
  const parts = { clock: systemClock, random: systemRandom, log: silentLog, metrics: createMetrics({ ofProcess: false }) }
  const standby = createStandby({ ...parts, trustedProxies: ['127.0.0.1'], secret: 'the secret' })
  const doors = new Doors([{ bind: '127.0.0.1', port: 0, resources: ['client'], tls: undefined }], parts)
  const [address] = await doors.letIn(standby)
  t.teardown(async () => {
    const closed = doors.close()
    standby.letGo()
    doors.cut()
    await closed
  })
  const api = createApi(address?.url ?? '')
  const ipOf = async (headers: Record<string, string>) => (await api.get('/_matrix/client/versions', { headers })).body['ip']
  t.equal((await api.get('/_matrix/client/versions')).status, 503, 'nobody holds the leases')
  standby.goTo(inner.url)
  t.equal(await ipOf({}), '127.0.0.1')
  t.equal(await ipOf({ 'x-forwarded-for': '198.51.100.7, 203.0.113.9' }), '203.0.113.9', 'a proxy before the process that stands by')
  t.equal(await ipOf({ 'x-hearth-client': '198.51.100.1', 'x-hearth-secret': 'guessed', 'x-hearth-resources': 'client' }), '127.0.0.1')

  const waiting = api.get('/_matrix/client/v3/sync', { token: 'alice' })
  await untilTrue(() => asked.includes('sync'))
  standby.goTo(undefined)
  const answer = await waiting
  t.equal(answer.status, 503, 'who waits at a process that is gone is told to come again')
  t.equal(answer.headers.get('retry-after'), '1')
})

t.test('nobody else comes in by the door between the processes; and without an owner there is 503', { timeout: 60_000 }, async (t) => {
  const { connection, owner, standby } = await startTwo(t)
  const client = new pg.Client(connection)
  await client.connect()
  t.teardown(() => client.end())
  const { rows } = await client.query('select address from tenures')
  const inner = new URL('/_matrix/client/versions', rows[0].address)
  const status = (headers: Record<string, string>) => new Promise<number | undefined>((resolve, reject) => {
    request(inner, { headers }, (answer) => resolve(answer.resume().statusCode)).on('error', reject).end()
  })
  t.equal(await status({}), 403)
  t.equal(await status({ 'x-hearth-secret': 'guessed', 'x-hearth-resources': 'client' }), 403)
  const secret = (await client.query(`select value from server_info where name = 'inner_secret'`)).rows[0].value
  t.equal(await status({ 'x-hearth-secret': secret, 'x-hearth-resources': 'client' }), 200)
  t.equal(await status({ 'x-hearth-secret': secret, 'x-hearth-resources': 'federation' }), 404, 'it answers what that listener answers')

  // While somebody else holds the lock of the positions, nobody can take over.
  await client.query(`begin; select pg_advisory_xact_lock(4807001)`)
  await (await owner.server).close()
  while ((await standby.api.get('/readyz')).status !== 503) await systemClock.sleep(20)
  const answer = await standby.api.get('/_matrix/client/versions')
  t.equal(answer.status, 503)
  t.equal(answer.headers.get('retry-after'), '1')
  await client.query('rollback')
  await standby.server
  t.equal((await standby.api.get('/_matrix/client/versions')).status, 200)
})
