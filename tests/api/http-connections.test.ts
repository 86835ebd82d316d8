import { connect, type Socket } from 'node:net'
import t from 'tap'
import { endpoint } from '../../src/http/endpoint.ts'
import { silentLog } from '../../src/util/log.ts'
import { createApi } from '../support/api.ts'
import { startFront, smallLimits } from '../support/front.ts'
import { untilTrue } from '../support/until-true.ts'

const HEAD = 'PUT /_matrix/client/v3/rooms/!r:test/send/m.test/t1 HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer alice\r\n'
const SYNC = 'GET /_matrix/client/v3/sync?timeout=30000 HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer alice\r\n\r\n'

interface Line {
  readonly socket: Socket
  received: string
  isClosed: boolean
}

/** A connection on which a test writes what no client library would. */
function openLine(port: number, text = ''): Line {
  const line: Line = { socket: connect(port, '127.0.0.1'), received: '', isClosed: false }
  line.socket.on('data', (data) => {
    line.received += data.toString('latin1')
  })
  line.socket.on('close', () => {
    line.isClosed = true
  })
  line.socket.on('error', () => undefined)
  line.socket.write(text)
  return line
}

t.test('a body that does not arrive in time is given up', async (t) => {
  const { port, clock, asked } = await startFront(t)
  const line = openLine(port, `${HEAD}Content-Length: 10\r\n\r\n{"a":`)
  await untilTrue(() => line.socket.bytesWritten > 100)
  await settle()
  clock.advance(21_000)
  await untilTrue(() => line.received !== '')
  t.match(line.received, /^HTTP\/1\.1 408 /)
  t.equal(asked.length, 0)
  line.socket.destroy()
})

t.test('a client that goes away while it speaks leaves nothing behind', async (t) => {
  const faults: unknown[] = []
  const { port, asked } = await startFront(t, { log: { ...silentLog, error: (fields) => faults.push(fields) } })
  const line = openLine(port, `${HEAD}Content-Length: 10\r\n\r\n{"a":`)
  await settle()
  line.socket.destroy()
  await untilTrue(() => line.isClosed)
  await settle()
  t.equal(asked.length, 0)
  t.same(faults, [])
})

t.test('a client that goes away while it uploads is no fault of ours', async (t) => {
  const faults: unknown[] = []
  const seen: unknown[] = []
  const { port } = await startFront(t, {
    log: { ...silentLog, error: (fields) => faults.push(fields) },
    endpoints: [endpoint('uploadContent', async ({ body }) => {
      try {
        for await (const chunk of body) seen.push(chunk)
      } catch (error) {
        seen.push('its end')
        throw error
      }
      return { content_uri: 'mxc://test/none' }
    })],
  })
  const head = 'POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer alice\r\nContent-Length: 10\r\n\r\n'
  const line = openLine(port, `${head}half`)
  await untilTrue(() => seen.length === 1)
  line.socket.destroy()
  await untilTrue(() => seen.length === 2)
  await settle()
  t.equal(seen[1], 'its end')
  t.same(faults, [])
})

t.test('who stops waiting is forgotten', async (t) => {
  const { port, waiters } = await startFront(t)
  const lines = [openLine(port, SYNC), openLine(port, SYNC)]
  await untilTrue(() => waiters.size === 2)
  for (const { socket } of lines) socket.destroy()
  await untilTrue(() => waiters.size === 0)
  t.equal(waiters.size, 0)
})

t.test('a handler learns that its client went away', async (t) => {
  const seen: AbortSignal[] = []
  const { port } = await startFront(t, {
    endpoints: [endpoint('getJoinedRooms', ({ signal }) => {
      seen.push(signal)
      return new Promise(() => undefined)
    })],
  })
  const line = openLine(port, 'GET /_matrix/client/v3/joined_rooms HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer alice\r\n\r\n')
  await untilTrue(() => seen.length === 1)
  line.socket.destroy()
  await untilTrue(() => seen[0]?.aborted === true)
  t.equal(seen.length, 1)
})

t.test('a large body that nobody wants is not read to its end', async (t) => {
  const { port, clock } = await startFront(t)
  const refused = {
    form: `${HEAD}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1073741824\r\n\r\n`,
    'too large': `${HEAD}Content-Length: 1073741824\r\n\r\n`,
    'without a token': `${HEAD.replace('Bearer alice', 'Bearer wrong')}Content-Length: 1073741824\r\n\r\n`,
    unknown: 'POST /_matrix/client/v3/nothing HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n',
  }
  for (const [name, head] of Object.entries(refused)) {
    const line = openLine(port, head)
    await untilTrue(() => line.received.includes('\r\n\r\n'))
    t.match(line.received, /^HTTP\/1\.1 4/, name)
    t.match(line.received, /connection: close/i, name)
    for (let count = 0; count < 64; count++) line.socket.write(Buffer.alloc(65_536, 0x20))
    await settle()
    clock.advance(3000)
    await untilTrue(() => line.isClosed)
  }
})

t.test('a chunked body is cut when it becomes too large', async (t) => {
  const { port, asked } = await startFront(t)
  const line = openLine(port, `${HEAD}Transfer-Encoding: chunked\r\n\r\n`)
  for (let count = 0; count < 8; count++) line.socket.write(`10000\r\n${' '.repeat(65_536)}\r\n`)
  await untilTrue(() => line.received.includes('\r\n\r\n'))
  t.match(line.received, /^HTTP\/1\.1 413 /)
  t.equal(asked.length, 0)
  line.socket.destroy()
})

t.test('what is no clean request is refused', async (t) => {
  const { port } = await startFront(t)
  const dirty = {
    'A67 two lengths': `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    'A67 length and chunks': `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'A67 a bare line feed': 'GET /_matrix/client/versions HTTP/1.1\nHost: test\n\n',
    'no HTTP': '\x16\x03\x01\x02\x00',
  }
  for (const [name, text] of Object.entries(dirty)) {
    const line = openLine(port, text)
    await untilTrue(() => line.isClosed)
    t.match(line.received, /^HTTP\/1\.1 400 [^]*access-control-allow-origin: \*[^]*M_UNKNOWN/, name)
  }
  const line = openLine(port, `GET / HTTP/1.1\r\nHost: test\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
  await untilTrue(() => line.isClosed)
  t.match(line.received, /^HTTP\/1\.1 431 /)
})

t.test('a request that offers another protocol is answered in this one', async (t) => {
  const { port } = await startFront(t)
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n'
  const line = openLine(port, `GET /_matrix/client/versions HTTP/1.1\r\nHost: test\r\n${offer}\r\n`)
  await untilTrue(() => line.received.includes('versions'))
  t.match(line.received, /^HTTP\/1\.1 200 /)
  line.socket.destroy()
})

t.test('closing answers what has been asked and takes nothing new', async (t) => {
  const { promise, resolve } = Promise.withResolvers<{ joined_rooms: string[] }>()
  const { api, port, front, waiters } = await startFront(t)
  const { api: slow, front: slowFront } = await startFront(t, { endpoints: [endpoint('getJoinedRooms', () => promise)] })
  const lines = [openLine(port, SYNC), openLine(port, SYNC)]
  const idle = openLine(port)
  await untilTrue(() => waiters.size === 2)
  await front.close()
  for (const line of lines) {
    await untilTrue(() => line.isClosed)
    t.match(line.received, /^HTTP\/1\.1 200 [^]*connection: close[^]*"drained"/i)
  }
  await untilTrue(() => idle.isClosed)
  await t.rejects(api.get('/_matrix/client/versions'))

  const answer = slow.get('/_matrix/client/v3/joined_rooms', { token: 'alice' })
  await settle()
  const closed = slowFront.close()
  resolve({ joined_rooms: [] })
  t.equal((await answer).status, 200)
  await closed
})

t.test('who holds on to a connection is cut off (A54)', async (t) => {
  const { api, front, clock } = await startFront(t, { endpoints: [endpoint('getJoinedRooms', () => new Promise(() => undefined))] })
  const answer = api.get('/_matrix/client/v3/joined_rooms', { token: 'alice' }).catch((error: unknown) => error)
  await settle()
  const closed = front.close()
  clock.advance(8000)
  await closed
  t.type(await answer, Error)
})

t.test('each listener answers what it is for', async (t) => {
  const fault = { name: 'database', findFault: async () => 'It does not answer.' }
  const broken = { name: 'bus', findFault: () => Promise.reject(new Error('It is gone.')) }
  const listeners = [['client'], ['federation'], ['metrics', 'health']] as const
  const { addresses } = await startFront(t, {
    probes: { role: 'owner', live: [{ name: 'loop', findFault: async () => undefined }], ready: [fault, broken] },
    config: {
      listeners: listeners.map((resources) => ({ bind: '127.0.0.1', port: 0, resources: [...resources], tls: undefined })),
      trustedProxies: [],
      rateLimits: smallLimits,
      accessTokens: { allowInQuery: true, lifetimeMs: 1 },
    },
  })
  const [client, federation, operator] = addresses.map(({ url }) => createApi(url))
  if (client === undefined || federation === undefined || operator === undefined) throw new Error('A listener is missing')
  t.equal((await client.get('/_matrix/client/versions')).status, 200)
  for (const path of ['/metrics', '/livez', '/_matrix/federation/v1/version']) t.equal((await client.get(path)).status, 404, path)
  for (const path of ['/_matrix/client/versions', '/metrics', '/']) t.equal((await federation.get(path)).status, 404, path)
  t.equal((await operator.get('/_matrix/client/versions')).status, 404)
  const live = await operator.get('/livez')
  t.equal(live.status, 200)
  t.same(live.body, { ok: true, role: 'owner', reasons: [] })
  const ready = await operator.get('/readyz')
  t.equal(ready.status, 503)
  t.same(ready.body, {
    ok: false,
    role: 'owner',
    reasons: [{ name: 'database', reason: 'It does not answer.' }, { name: 'bus', reason: 'It is gone.' }],
  })
  const metrics = await operator.get('/metrics')
  t.match(metrics.text, /^hearth_http_answers_total\{operation="getVersions",status="200"\} 1$/m)
  t.match(metrics.headers.get('content-type'), /^text\/plain/)
})

/** Lets what is on its way between two sockets of this process arrive. */
async function settle(): Promise<void> {
  for (let count = 0; count < 20; count++) await new Promise((resolve) => setImmediate(resolve))
}
