import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { GuardedClient, type GuardedRequest } from '../../../src/remote/guarded-client.ts'
import { WebClient } from '../../../src/remote/web-client.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ScriptedPeer, TEST_CA_FILE } from '../../support/peers.ts'
import { TestNetwork } from '../../support/test-network.ts'
import { untilTrue } from '../../support/until-true.ts'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

const LIMITS = { timeoutMs: 5000, sizeBytesMax: 1000 }
const secureContext = createSecureContext({ ca: readFileSync(TEST_CA_FILE) })

function open(t: Cleanup, { allowPrivateAddresses = false, verifyTls = true } = {}) {
  const network = new TestNetwork()
  const clock = new FakeClock()
  const client = new GuardedClient({ network, clock, secureContext, verifyTls, allowPrivateAddresses, userAgent: 'Hearth/test' })
  t.teardown(() => client.close())
  const ask = (host: string, changes: Partial<GuardedRequest> = {}) => client.request({
    endpoint: { host, port: 443, certificateName: host }, method: 'GET', path: '/', headers: { host }, ...LIMITS, ...changes,
  })
  return { network, clock, client, web: new WebClient(client), ask }
}

async function problemOf(asked: ReturnType<ReturnType<typeof open>['ask']>): Promise<string> {
  const answer = await asked
  return answer.ok ? `status ${answer.status}` : answer.problem
}

t.test('a name, its address, the certificate, the answer', async (t) => {
  const { network, ask } = open(t)
  const peer = await ScriptedPeer.start(t, { network, name: 'a.hearth.test' })
  peer.on('GET', '/', { body: { it: 'works' } })
  const answer = await ask('a.hearth.test')
  t.ok(answer.ok && answer.status === 200 && answer.body.toString() === '{"it":"works"}')
  t.same(network.connections, [`${peer.address}:443`])
  t.equal(peer.requests[0]?.headers['user-agent'], 'Hearth/test')
  await new Promise((resolve) => setTimeout(resolve, 5))
  await ask('a.hearth.test')
  t.equal(network.connections.length, 1, 'the connection is used again')

  network.add('b.hearth.test', {})
  t.equal(await problemOf(ask('b.hearth.test')), 'connection')
  t.equal(await problemOf(ask('nobody.hearth.test')), 'name')
  network.silent.add('mute.hearth.test')
  t.equal(await problemOf(ask('mute.hearth.test')), 'name')
  network.setAddresses('c.hearth.test', '9.9.1.1', peer.address)
  t.equal(await problemOf(ask('c.hearth.test')), 'status 200', 'the next address is tried')
})

t.test('a certificate has to be of the name and of a known authority', async (t) => {
  const { network, ask } = open(t)
  const other = await ScriptedPeer.start(t, { network, name: 'a.hearth.test', domain: 'elsewhere.test' })
  t.equal(await problemOf(ask('a.hearth.test')), 'certificate')
  t.equal(other.requests.length, 0)
  const peer = await ScriptedPeer.start(t, { network, name: 'target.example' })
  const endpoint = { host: 'target.example', port: 443, certificateName: 'b.hearth.test' }
  t.equal(await problemOf(ask('b.hearth.test', { endpoint })), 'status 404', 'the certificate is not of the host that SRV names')
  t.equal(await problemOf(ask('target.example')), 'certificate')
  network.add('9.9.9.9', { 443: peer.port }, '9.9.9.9')
  t.equal(await problemOf(ask('9.9.9.9')), 'status 404', 'an address may have a certificate')
  network.add('x', { 443: peer.port }, '9.9.9.8')
  t.equal(await problemOf(ask('9.9.9.8')), 'certificate')
  const lax = open(t, { verifyTls: false })
  lax.network.add('nothing.example', { 443: peer.port })
  t.equal(await problemOf(lax.ask('nothing.example')), 'status 404')
})

t.test('nothing of one\'s own can be reached, by whatever name', async (t) => {
  const { network, ask, web } = open(t)
  const peer = await ScriptedPeer.start(t, { network, name: 'a.hearth.test' })
  const sink = createServer((socket) => socket.destroy())
  let reached = 0
  sink.on('connection', () => (reached += 1))
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void sink.close())
  const { port } = sink.address() as AddressInfo
  for (const [index, address] of ['127.0.0.1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '0.0.0.0', '169.254.169.254'].entries()) {
    network.setAddresses(`own${index}.hearth.test`, address)
    const endpoint = { host: `own${index}.hearth.test`, port, certificateName: undefined }
    t.equal(await problemOf(ask('x', { endpoint })), 'address', address)
    t.equal(await problemOf(ask('x', { endpoint: { ...endpoint, host: address } })), 'address', `${address} itself`)
  }
  for (const host of ['2130706433', '0x7f.1', '017700000001', '①②⑦.0.0.1', '127.0.0.1', '[::1]', '[::ffff:7f00:1]']) {
    t.equal(await problemOf(web.request(`http://${host}:${port}/`, LIMITS)), 'address', host)
  }
  peer.on('GET', '/', { status: 302, headers: { location: `https://127.0.0.1:${port}/` } })
  t.equal(await problemOf(web.request('https://a.hearth.test/', { ...LIMITS, redirectsMax: 5 })), 'address', 'a redirect')
  t.equal(await problemOf(web.request('https://a.hearth.test/', LIMITS)), 'status 302')
  network.setAddresses('both.hearth.test', '127.0.0.1', peer.address)
  t.equal(await problemOf(ask('both.hearth.test')), 'status 302', 'one of several addresses is all right')
  t.notOk(network.connections.some((connection) => connection.startsWith('127.')))
  t.equal(reached, 0)
})

t.test('redirects are followed as far as one says', async (t) => {
  const { network, web } = open(t)
  const peer = await ScriptedPeer.start(t, { network, name: 'a.hearth.test' })
  peer.on('GET', '/0', { body: 'here' })
  for (const step of [1, 2, 3]) peer.on('GET', `/${step}`, { status: 307, headers: { location: `${step - 1}` } })
  peer.on('GET', '/plain', { status: 301, headers: { location: 'http://a.hearth.test/0' } })
  peer.on('GET', '/shouted', { status: 301, headers: { location: 'HTTP://a.hearth.test/0' } })
  peer.on('GET', '/circle', { status: 301, headers: { location: '/circle' } })
  peer.on('POST', '/3', { status: 307, headers: { location: '/0' } })
  const ask = (path: string, redirectsMax: number) => web.request(`https://a.hearth.test${path}`, { ...LIMITS, redirectsMax })
  t.equal(await problemOf(ask('/3', 3)), 'status 200')
  t.equal(await problemOf(ask('/3', 2)), 'redirect')
  t.equal(await problemOf(ask('/circle', 5)), 'redirect')
  t.equal(await problemOf(ask('/plain', 5)), 'redirect', 'not out of TLS')
  t.equal(await problemOf(ask('/shouted', 5)), 'redirect')
  t.equal(await problemOf(web.request('https://a.hearth.test/3', { ...LIMITS, method: 'POST', redirectsMax: 3 })), 'status 307')
  t.equal(await problemOf(web.request('ftp://a.hearth.test/', LIMITS)), 'protocol')
})

t.test('answers have limits', async (t) => {
  const { network, ask, clock, client } = open(t)
  const peer = await ScriptedPeer.start(t, { network, name: 'a.hearth.test' })
  peer.on('GET', '/large', { body: 'x'.repeat(1001) })
  peer.on('GET', '/right', { body: 'x'.repeat(1000) })
  peer.on('GET', '/endless', (_request, response) => {
    response.writeHead(200)
    const write = () => {
      if (!response.destroyed) response.write('x'.repeat(100), () => setImmediate(write))
    }
    write()
    return undefined
  })
  peer.on('GET', '/bomb', (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000)))
    return undefined
  })
  peer.on('GET', '/mute', () => undefined)
  peer.on('GET', '/half', (_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half')
    return undefined
  })
  peer.on('GET', '/cut', (_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy())
    return undefined
  })
  t.equal(await problemOf(ask('a.hearth.test', { path: '/right' })), 'status 200')
  t.equal(await problemOf(ask('a.hearth.test', { path: '/large' })), 'size')
  t.equal(await problemOf(ask('a.hearth.test', { path: '/endless' })), 'size')
  t.equal(await problemOf(ask('a.hearth.test', { path: '/bomb' })), 'protocol')
  t.equal(await problemOf(ask('a.hearth.test', { path: '/cut' })), 'broken')
  for (const path of ['/mute', '/half']) {
    const before = peer.requests.length
    const asked = ask('a.hearth.test', { path })
    await untilTrue(() => peer.requests.length > before)
    await new Promise((resolve) => setTimeout(resolve, 20))
    clock.advance(LIMITS.timeoutMs)
    t.equal(await problemOf(asked), 'time', path)
  }
  const giveUp = new AbortController()
  const asked = ask('a.hearth.test', { path: '/mute', signal: giveUp.signal })
  giveUp.abort()
  t.equal(await problemOf(asked), 'aborted')

  const endpoint = { host: 'a.hearth.test', port: 443, certificateName: 'a.hearth.test' }
  const opened = await client.open({ endpoint, method: 'GET', path: '/right', headers: { host: 'a' }, ...LIMITS })
  const hash = createHash('sha1')
  if (opened.ok) for await (const chunk of opened.body) hash.update(chunk)
  t.equal(hash.digest('hex'), createHash('sha1').update('x'.repeat(1000)).digest('hex'))
})

t.test('what is no HTTP', async (t) => {
  const { network, ask, clock } = open(t)
  const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.write('SSH-2.0-OpenSSH_9\r\n')))
  const mute = createServer((socket) => socket.on('error', () => undefined))
  for (const one of [server, mute]) {
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
    t.teardown(() => void one.close())
  }
  network.add('ssh.hearth.test', { 443: (server.address() as AddressInfo).port })
  network.add('mute.hearth.test', { 443: (mute.address() as AddressInfo).port })
  t.equal(await problemOf(ask('ssh.hearth.test')), 'connection')
  const plain = { host: 'ssh.hearth.test', port: 443, certificateName: undefined }
  t.equal(await problemOf(ask('ssh.hearth.test', { endpoint: plain })), 'protocol')
  const asked = ask('mute.hearth.test', { timeoutMs: 60_000 })
  await untilTrue(() => network.connections.length === 3)
  await new Promise((resolve) => setTimeout(resolve, 20))
  clock.advance(10_000)
  t.equal(await problemOf(asked), 'connection')
})
