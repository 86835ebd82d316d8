// Who waits for long is taken off node:http and must not notice it.
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { startFront } from '../support/front.ts'
import { untilTrue } from '../support/until-true.ts'

const SYNC = 'GET /_matrix/client/v3/sync?timeout=30000 HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer alice\r\n\r\n'
const VERSIONS = 'GET /_matrix/client/versions HTTP/1.1\r\nHost: test\r\n\r\n'
/** Headers as the shelf writes them; node:http writes capitals. */
const FROM_SHELF = /^HTTP\/1\.1 200 OK\r\n[^]*\r\ndate: [^\r]+ GMT\r\n[^]*connection: keep-alive\r\nkeep-alive: timeout=75\r\n\r\n/
const FROM_HTTP = /^HTTP\/1\.1 200 OK\r\n[^]*Keep-Alive: timeout=75\r\n/

class Client {
  readonly socket: Socket
  received = ''
  isClosed = false

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', (data) => {
      this.received += data.toString('latin1')
    })
    this.socket.on('close', () => {
      this.isClosed = true
    })
    this.socket.on('error', () => undefined)
  }

  /** Writes a request, and gives what comes until the text is seen. */
  async ask(request: string, until: string): Promise<string> {
    this.socket.write(request)
    return this.readUntil(until)
  }

  async readUntil(text: string): Promise<string> {
    await untilTrue(() => this.received.includes(text))
    const { received } = this
    this.received = ''
    return received
  }
}

/** A client whose /sync has waited for so long that its connection is on the shelf. */
async function startShelved(t: Parameters<typeof startFront>[0]) {
  const test = await startFront(t)
  const client = new Client(test.port)
  t.teardown(() => void client.socket.destroy())
  async function wait(): Promise<void> {
    client.socket.write(SYNC)
    await untilTrue(() => test.waiters.size === 1)
    test.clock.advance(6_000)
  }
  function answer(text: string): void {
    for (const waiter of test.waiters) waiter.answer(text)
    test.waiters.clear()
  }
  await wait()
  return { ...test, client, wait, answer }
}

t.test('a client that has waited for long has its answer, and goes on with the same connection', async (t) => {
  const { client, wait, answer } = await startShelved(t)
  answer('{"next_batch":"é1"}')
  const first = await client.readUntil('}')
  t.match(first, FROM_SHELF)
  t.match(first, /\r\ncontent-length: 20\r\n/, 'its length is that of its bytes')
  t.match(first, /\r\naccess-control-allow-origin: \*\r\n/)
  for (let round = 2; round < 5; round += 1) {
    t.match(await client.ask(VERSIONS, '}'), FROM_HTTP, 'other requests are answered as ever')
    await wait()
    answer(`{"next_batch":"${round}"}`)
    const next = await client.readUntil('}')
    t.match(next, FROM_SHELF)
    t.match(next, `{"next_batch":"${round}"}`)
  }
  t.equal(client.isClosed, false)
})

t.test('who does not wait for long stays with node:http', async (t) => {
  const { client, waiters, clock } = await startShelved(t)
  const other = new Client(Number(client.socket.remotePort))
  t.teardown(() => void other.socket.destroy())
  other.socket.write(SYNC)
  await untilTrue(() => waiters.size === 2)
  clock.advance(100)
  for (const waiter of waiters) waiter.answer('{"next_batch":"1"}')
  t.match(await other.readUntil('}'), FROM_HTTP)
  t.match(await client.readUntil('}'), FROM_SHELF)
})

t.test('a request that comes before the answer is answered after it', async (t) => {
  const { client, answer } = await startShelved(t)
  client.socket.write(VERSIONS)
  client.socket.write(VERSIONS)
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(client.received, '')
  answer('{"next_batch":"1"}')
  await untilTrue(() => client.received.split('HTTP/1.1 200').length === 4)
  t.match(client.received, /^[^]*"next_batch":"1"[^]*"versions"[^]*"versions"/)
})

t.test('a request that arrives in pieces after the answer is put together', async (t) => {
  const { client, answer } = await startShelved(t)
  answer('{"next_batch":"1"}')
  await client.readUntil('}')
  for (const letter of VERSIONS) {
    client.socket.write(letter)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.match(await client.readUntil('}'), FROM_HTTP)
})

t.test('an answer of some length arrives whole', async (t) => {
  const { client, answer } = await startShelved(t)
  const long = JSON.stringify({ next_batch: 'x'.repeat(5_000_000), end: 'here' })
  answer(long)
  t.ok((await client.readUntil('"here"}')).endsWith(`\r\n\r\n${long}`))
  t.match(await client.ask(VERSIONS, '}'), FROM_HTTP)
})

t.test('a failure is answered as well', async (t) => {
  const { client, waiters } = await startShelved(t)
  for (const waiter of waiters) waiter.fail(new Error('a secret detail'))
  const answer = await client.readUntil('}')
  t.match(answer, /^HTTP\/1\.1 500 Internal Server Error\r\n[^]*M_UNKNOWN/)
  t.notMatch(answer, /secret/)
})

t.test('who goes away is forgotten, however it goes', async (t) => {
  const { client, waiters, clock, port } = await startShelved(t)
  client.socket.destroy()
  await untilTrue(() => waiters.size === 0)
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const other = new Client(port)
    other.socket.write(SYNC)
    await untilTrue(() => waiters.size === 1)
    clock.advance(6_000)
    other.socket[leave]()
    await untilTrue(() => waiters.size === 0 && other.isClosed)
  }
  t.equal(waiters.size, 0)
})

t.test('what is no request is refused after an answer as before', async (t) => {
  const { client, answer } = await startShelved(t)
  answer('{"next_batch":"1"}')
  await client.readUntil('}')
  client.socket.write('\x16\x03\x01\x02\x00\r\n\r\n')
  await untilTrue(() => client.isClosed)
  t.match(client.received, /^HTTP\/1\.1 400 /)
})

t.test('closing answers who waits on the shelf, and lets go who had an answer', async (t) => {
  const { client, front, waiters, clock, answer, port } = await startShelved(t)
  answer('{"next_batch":"1"}')
  await client.readUntil('}')
  const other = new Client(port)
  other.socket.write(SYNC)
  await untilTrue(() => waiters.size === 1)
  clock.advance(6_000)
  await front.close()
  t.match(await other.readUntil('}'), /\r\nconnection: close\r\n[^]*drained/)
  await untilTrue(() => other.isClosed && client.isClosed)
  t.equal(client.received, '')
})

t.test('who holds on to a connection on the shelf is cut off', async (t) => {
  const { client, front, waiters, clock } = await startShelved(t)
  // Nobody answers this one, and it is not let go either.
  waiters.clear()
  const closed = front.close()
  clock.advance(8_000)
  await closed
  await untilTrue(() => client.isClosed)
  t.equal(client.received, '')
})

t.test('a connection on which nothing is asked after an answer is let go in its time', async (t) => {
  const { client, answer, clock } = await startShelved(t)
  answer('{"next_batch":"1"}')
  await client.readUntil('}')
  clock.advance(70_000)
  t.match(await client.ask(VERSIONS, '}'), FROM_HTTP)
  const other = await startShelved(t)
  other.answer('{"next_batch":"1"}')
  await other.client.readUntil('}')
  other.clock.advance(76_000)
  await untilTrue(() => other.client.isClosed)
  t.equal(other.client.received, '')
})
