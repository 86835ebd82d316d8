import { request } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { federationEndpoint } from '../../../src/http/endpoint.ts'
import type { OriginSource } from '../../../src/http/signature.ts'
import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import type { JsonValue } from '../../../src/matrix/json.ts'
import { verifyKeyFromBase64, type SigningKey } from '../../../src/matrix/signing.ts'
import { xMatrixHeader } from '../../../src/matrix/x-matrix.ts'
import { smallLimits, startFront } from '../../support/front.ts'
import { newSigningKey } from '../../support/peers.ts'
import { untilTrue } from '../../support/until-true.ts'

type Test = Parameters<typeof startFront>[0]

const PATH = '/_matrix/federation/v1/query/profile?user_id=%40a%3Aus.test'
const SEND = '/_matrix/federation/v1/send/1'
const TRANSACTION = '{"origin":"peer.test","origin_server_ts":1,"pdus":[]}'

async function open(t: Test, parts: Parameters<typeof startFront>[1] = {}) {
  const keys = new Map<string, SigningKey>([newSigningKey('one'), newSigningKey('two')].map((key) => [key.keyId, key]))
  const seen: string[] = []
  const bodies: unknown[] = []
  const origins: OriginSource = {
    serverName: 'us.test',
    findObjection: (serverName) => serverName === 'banned.test' ? 'We do not talk to banned.test.' : undefined,
    findKey: async (serverName, keyId) =>
      serverName.endsWith('.test') ? verifyKeyFromBase64(keys.get(keyId)?.publicKey ?? '') : undefined,
    sawOrigin: (serverName) => void seen.push(serverName),
  }
  const held: (() => void)[] = []
  const endpoints = [
    federationEndpoint('queryProfile', async ({ origin }) => ({ displayname: origin })),
    federationEndpoint('sendTransaction', async ({ origin, body }) => {
      bodies.push(body)
      return { pdus: { [origin]: {} } }
    }),
    federationEndpoint('makeLeave', async () => {
      await new Promise<void>((resolve) => held.push(resolve))
      return {}
    }),
  ]
  const front = await startFront(t, { origins, endpoints, ...parts })
  const [one, two] = [...keys.values()]
  if (one === undefined || two === undefined) throw new Error('There are two keys')
  const sign = (uri: string, { method = 'GET', origin = 'peer.test', destination = 'us.test', content, key = one }: {
    method?: string, origin?: string, destination?: string, content?: string, key?: SigningKey,
  } = {}) => xMatrixHeader({ method, uri, origin, destination, content }, key)
  const get = (authorization: string, path = PATH) => front.api.get(path, { headers: { authorization } })
  return { ...front, one, two, keys, seen, bodies, held, sign, get }
}

t.test('a request of another server is signed, or it is refused', async (t) => {
  const { api, get, sign, one, seen } = await open(t)
  t.match(await get(sign(PATH)), { status: 200, body: { displayname: 'peer.test' } })
  t.same(seen, ['peer.test'])
  t.match(await api.get(PATH), { status: 401, body: { errcode: 'M_UNAUTHORIZED' } })
  t.match(await api.get(PATH, { token: 'alice' }), { status: 401, body: { errcode: 'M_UNAUTHORIZED' } })
  const refused: Record<string, string> = {
    'a bad form': sign(PATH).replace('origin', 'orig in'),
    'a server twice': sign(PATH).replace('X-Matrix ', 'X-Matrix origin="other.test",'),
    'another destination': sign(PATH, { destination: 'other.test' }),
    'another path': sign('/_matrix/federation/v1/query/profile'),
    'another query': sign(`${PATH}&field=displayname`),
    'another method': sign(PATH, { method: 'PUT' }),
    'a body that is not there': sign(PATH, { content: '{}' }),
    'another server': sign(PATH).replace('peer.test', 'other.test'),
    'a key that is not known': sign(PATH, { key: newSigningKey('three') }),
    'a key of this name that is another': sign(PATH, { key: newSigningKey('one') }),
    'a server without keys': sign(PATH, { origin: 'nobody.example' }),
    'no signature': sign(PATH).replace(/sig="[^"]+"/, 'sig=""'),
  }
  for (const [what, authorization] of Object.entries(refused)) {
    t.match(await get(authorization), { status: 401, body: { errcode: 'M_UNAUTHORIZED' } }, what)
  }
  t.match(await get(sign(PATH, { origin: 'banned.test' })), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.equal(seen.length, 1)

  const withoutDestination = xMatrixHeader({
    method: 'GET', uri: PATH, origin: 'peer.test', destination: undefined as unknown as string, content: undefined,
  }, one).replace('destination="undefined",', '')
  t.equal((await get(withoutDestination)).status, 200, 'old servers do not say whom they ask')
  const encoded = PATH.replace('%40', '@')
  t.equal((await get(sign(encoded), encoded)).status, 200, 'the path is signed as it is written')
  t.equal((await get(sign(encoded))).status, 401)
})

t.test('a server may sign with several keys', async (t) => {
  const { sign, two, api } = await open(t)
  const ask = (...headers: string[]): Promise<number> => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const lines = ['host', 'us.test', ...headers.flatMap((header) => ['authorization', header])]
    const asked = request(`${api.url}${PATH}`, { headers: lines }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    asked.on('error', reject).end()
    return promise
  }
  t.equal(await ask(sign(PATH), sign(PATH, { key: two })), 200)
  t.equal(await ask(sign(PATH), sign(PATH, { key: newSigningKey('three') })), 200, 'one of them may be unknown')
  t.equal(await ask(sign(PATH), sign(PATH, { key: newSigningKey('two') })), 401, 'none may be wrong')
  t.equal(await ask(sign(PATH), sign(PATH, { origin: 'other.test' })), 401, 'nor of another server')
  t.equal(await ask(...Array.from({ length: 11 }, () => sign(PATH))), 401)
})

t.test('what is signed is the body as it was written', async (t) => {
  const { api, sign, bodies } = await open(t)
  const send = (body: string, content = canonicalOf(body)) =>
    api.put(SEND, { body, headers: { authorization: sign(SEND, { method: 'PUT', content }) } })
  t.match(await send(TRANSACTION), { status: 200, body: { pdus: { 'peer.test': {} } } })
  const floats = '{"edus":[{"content":{"a":1.0,"b":1e3,"c":1152921504606846976,"d":-0.0},"edu_type":"m.x"}],'
    + '"origin":"peer.test","origin_server_ts":1,"pdus":[]}'
  t.equal((await send(floats, floats)).status, 200, 'numbers that JavaScript would write in another way')
  t.equal((await send(` ${TRANSACTION} `, TRANSACTION)).status, 200, 'white space is not signed')
  t.equal((await send(TRANSACTION, TRANSACTION.replace('1,', '2,'))).status, 401)
  t.match(await send('{"origin"', '{}'), { status: 400, body: { errcode: 'M_NOT_JSON' } })
  t.match(await send('[]', '[]'), { status: 400, body: { errcode: 'M_BAD_JSON' } })
  t.match(await send('{"origin":"peer.test"}'), { status: 400, body: { errcode: 'M_MISSING_PARAM' } }, 'signed, and not what it should be')
  t.equal(bodies.length, 3)
})

t.test('one server cannot take all', async (t) => {
  const { get, sign, clock } = await open(t, { config: limited() })
  for (let count = 0; count < 3; count++) t.equal((await get(sign(PATH))).status, 200)
  t.match(await get(sign(PATH)), { status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } })
  t.equal((await get(sign(PATH, { origin: 'other.test' }))).status, 200, 'others are not concerned')
  clock.advance(1000)
  t.equal((await get(sign(PATH))).status, 200)

  const many = await open(t)
  const leave = '/_matrix/federation/v1/make_leave/!r%3Aus.test/%40a%3Apeer.test'
  const asked = Array.from({ length: 61 }, () => many.get(many.sign(leave), leave))
  const refused = await Promise.race(asked)
  t.equal(refused.status, 429, 'sixty at once, not more')
  t.equal((await many.get(many.sign(PATH, { origin: 'other.test' }))).status, 200)
  t.equal(many.held.length, 10, 'ten of them are at work')
  let done = 0
  const all = Promise.all(asked.map(async (one) => {
    const { status } = await one
    if (status === 200) done += 1
  }))
  while (done < 60) {
    await untilTrue(() => many.held.length > 0 || done === 60)
    many.held.splice(0).forEach((release) => release())
  }
  await all
})

t.test('large bodies of strangers wait for their turn, unread', async (t) => {
  const { api, port } = await open(t)
  const claim = 'X-Matrix origin="peer.test",key="ed25519:one",sig="AAAA"'
  const sockets = Array.from({ length: 55 }, () => connect(port, '127.0.0.1'))
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  const answers: string[] = []
  for (const socket of sockets) {
    socket.setEncoding('utf8').on('data', (text) => answers.push(String(text).slice(0, 12))).on('error', () => undefined)
    socket.write(`PUT ${SEND} HTTP/1.1\r\nhost: us.test\r\nauthorization: ${claim}\r\ncontent-length: 1000000\r\n\r\n`)
  }
  await untilTrue(() => answers.length > 0)
  t.match(answers[0], 'HTTP/1.1 429', 'and there is an end to waiting')
  t.equal((await api.get(PATH)).status, 401, 'small requests go on')
})

function limited() {
  return {
    listeners: [{ bind: '127.0.0.1', port: 0, resources: ['client' as const, 'federation' as const], tls: undefined }],
    trustedProxies: [], rateLimits: smallLimits, accessTokens: { allowInQuery: true, lifetimeMs: 1000 },
  }
}

function canonicalOf(text: string): string {
  const value: JsonValue = JSON.parse(text)
  return canonicalJson(value)
}
