import t, { type Test } from 'tap'
import { clientOperations } from '../../src/spec/operations.ts'
import type { Answer, Ask } from '../support/api.ts'
import { smallLimits, startFront, type TestFront } from '../support/front.ts'
import { untilTrue } from '../support/until-true.ts'

const SEND = '/_matrix/client/v3/rooms/!r:test/send/m.test/t1'
const STATE = '/_matrix/client/v3/rooms/!r:test/state/m.test'

/** Everything in this file is asked at both doors: in front of Koa and behind it. */
const DOORS = { 'the short way': Object.keys(clientOperations), Koa: [] } as const

interface Case {
  readonly name: string
  readonly ask: Ask & { readonly method?: string, readonly path?: string }
  readonly status: number
  readonly errcode?: string
  readonly body?: Record<string, unknown>
}

const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`

/** Rows B1 to B20 of what the answers to bad input are: all of them PUT …/send with a good token, unless they say more. */
const BODIES: readonly Case[] = [
  { name: 'B1 an open brace', ask: { body: '{' }, status: 400, errcode: 'M_NOT_JSON' },
  { name: 'an empty body', ask: { body: '' }, status: 400, errcode: 'M_NOT_JSON' },
  {
    name: 'B2 bytes that are not UTF-8',
    ask: { body: Buffer.from([0x7b, 0x22, 0x81, 0x22, 0x3a, 0x31, 0x7d]) },
    status: 400, errcode: 'M_NOT_JSON',
  },
  { name: 'B3 an array', ask: { body: '[]' }, status: 400, errcode: 'M_BAD_JSON' },
  { name: 'B3 a string', ask: { body: '"x"' }, status: 400, errcode: 'M_BAD_JSON' },
  { name: 'B3 null', ask: { body: 'null' }, status: 400, errcode: 'M_BAD_JSON' },
  { name: 'B4 2^53', ask: { body: '{"a":9007199254740992}' }, status: 400, errcode: 'M_BAD_JSON' },
  { name: 'B4 -2^53', ask: { body: '{"a":-9007199254740992}' }, status: 400, errcode: 'M_BAD_JSON' },
  { name: 'B5 a fraction', ask: { body: '{"a":1.1}' }, status: 400, errcode: 'M_BAD_JSON' },
  ...['1.0', '1e2', '-0', '-0.0', '1E400'].map((number) => ({
    name: `B6 ${number}`, ask: { body: `{"a":${number}}` }, status: 400, errcode: 'M_BAD_JSON',
  })),
  ...['NaN', 'Infinity', '-Infinity', '01', '+1', '.5'].map((number) => ({
    name: `B7, B8 ${number}`, ask: { body: `{"a":${number}}` }, status: 400, errcode: 'M_NOT_JSON',
  })),
  { name: 'B9 a key twice', ask: { body: '{"a":1,"a":2}' }, status: 400, errcode: 'M_BAD_JSON' },
  { name: 'B10 half a surrogate pair', ask: { body: '{"a":"\\ud800"}' }, status: 400, errcode: 'M_BAD_JSON' },
  { name: 'B11 a NUL', ask: { body: '{"a":"\\u0000"}' }, status: 200, body: { echo: { a: '\0' } } },
  { name: 'B12 5,000 arrays in each other', ask: { body: nested(5000) }, status: 400, errcode: 'M_BAD_JSON' },
  { name: 'B14 a byte order mark', ask: { body: '\ufeff{}' }, status: 400, errcode: 'M_NOT_JSON' },
  { name: 'B15 another content type', ask: { body: '{"a":1}', headers: { 'content-type': 'text/plain' } }, status: 200 },
  { name: 'B16 more than 12.5 MiB', ask: { body: Buffer.alloc(13_200_000, 0x20) }, status: 413, errcode: 'M_TOO_LARGE' },
  {
    name: 'B17 a compressed body',
    ask: { body: '{}', headers: { 'content-encoding': 'gzip' } },
    status: 415, errcode: 'M_UNKNOWN',
  },
  {
    name: 'A61 a form',
    ask: { body: '--x', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
    status: 415, errcode: 'M_UNKNOWN',
  },
  ...['abc', '-1', '1.5', '1e400'].map((limit) => ({
    name: `B18 limit=${limit}`,
    ask: { method: 'GET', path: `/_matrix/client/v3/rooms/!r:test/messages?dir=b&limit=${limit}` },
    status: 400,
    errcode: 'M_INVALID_PARAM',
  })),
  {
    name: 'a parameter that is missing',
    ask: { method: 'GET', path: '/_matrix/client/v3/register/available' },
    status: 400, errcode: 'M_MISSING_PARAM',
  },
  {
    name: 'a parameter that is no member',
    ask: { method: 'GET', path: '/_matrix/client/v3/rooms/!r:test/messages?dir=x' },
    status: 400, errcode: 'M_INVALID_PARAM',
  },
  {
    name: 'a parameter twice',
    ask: { method: 'GET', path: '/_matrix/client/v3/rooms/!r:test/messages?dir=b&dir=f' },
    status: 400, errcode: 'M_INVALID_PARAM',
  },
  {
    name: 'a percent sign alone',
    ask: { path: '/_matrix/client/v3/rooms/!r%zz/send/m.test/t' },
    status: 400, errcode: 'M_INVALID_PARAM',
  },
  {
    name: 'a room that is none',
    ask: { path: '/_matrix/client/v3/rooms/room/send/m.test/t' },
    status: 400, errcode: 'M_INVALID_PARAM',
  },
  {
    name: 'a required field that is missing',
    ask: { method: 'POST', path: '/_matrix/client/v3/login', body: '{}' },
    status: 400, errcode: 'M_MISSING_PARAM',
  },
  {
    name: 'a field of another type',
    ask: { method: 'POST', path: '/_matrix/client/v3/login', body: '{"type":7}' },
    status: 400, errcode: 'M_BAD_JSON',
  },
  {
    name: 'no body where it may be left out',
    ask: { method: 'POST', path: '/_matrix/client/v3/join/!r:test', body: '' },
    status: 200, body: { echo: {} },
  },
  { name: 'B20 an unknown path', ask: { path: '/_matrix/client/v3/nothing' }, status: 404, errcode: 'M_UNRECOGNIZED' },
  { name: 'B20 another API', ask: { path: '/_matrix/unknown' }, status: 404, errcode: 'M_UNRECOGNIZED' },
  { name: 'B20 a wrong method', ask: { method: 'DELETE' }, status: 405, errcode: 'M_UNRECOGNIZED' },
  {
    name: 'B20 a wrong method without a token',
    ask: { method: 'POST', token: undefined },
    status: 405, errcode: 'M_UNRECOGNIZED',
  },
  {
    name: 'an operation of an empty name',
    ask: { path: '/_matrix/client/v3/rooms/!r:test/send/m.test/' },
    status: 404, errcode: 'M_UNRECOGNIZED',
  },
  {
    name: 'a fault of ours',
    ask: { path: '/_matrix/client/v3/rooms/!r:test/send/m.broken/t' },
    status: 500, errcode: 'M_UNKNOWN',
  },
  {
    name: 'a database that cannot be reached',
    ask: { path: '/_matrix/client/v3/rooms/!r:test/send/m.no-database/t' },
    status: 503, errcode: 'M_UNKNOWN',
  },
]

const AUTH: readonly Case[] = [
  { name: 'B21 no token', ask: { token: undefined }, status: 401, errcode: 'M_MISSING_TOKEN' },
  {
    name: 'B21 another scheme',
    ask: { token: undefined, headers: { authorization: 'Basic YWxpY2U6' } },
    status: 401, errcode: 'M_MISSING_TOKEN',
  },
  { name: 'B22 a bad token', ask: { token: 'wrong' }, status: 401, errcode: 'M_UNKNOWN_TOKEN', body: { soft_logout: false } },
  {
    name: 'B22 an expired token',
    ask: { token: 'expired' },
    status: 401, errcode: 'M_UNKNOWN_TOKEN', body: { soft_logout: true },
  },
  { name: 'B23 two tokens that differ', ask: { path: `${SEND}?access_token=bob` }, status: 401, errcode: 'M_UNKNOWN_TOKEN' },
  {
    name: 'B23 two in the query',
    ask: { token: undefined, path: `${SEND}?access_token=bob&access_token=alice` },
    status: 401, errcode: 'M_UNKNOWN_TOKEN',
  },
  { name: 'the same token twice', ask: { path: `${SEND}?access_token=alice` }, status: 200 },
  { name: 'a token in the query', ask: { token: undefined, path: `${SEND}?access_token=alice` }, status: 200 },
  { name: 'B25 a locked account', ask: { token: 'locked' }, status: 401, errcode: 'M_USER_LOCKED', body: { soft_logout: true } },
  {
    name: 'B25 a locked account logs out',
    ask: { token: 'locked', method: 'POST', path: '/_matrix/client/v3/logout' },
    status: 200,
  },
  {
    name: 'B26 a guest asks for more',
    ask: { token: 'guest', method: 'GET', path: '/_matrix/client/v3/joined_rooms' },
    status: 403, errcode: 'M_GUEST_ACCESS_FORBIDDEN',
  },
  { name: 'a guest sends', ask: { token: 'guest' }, status: 200 },
  {
    name: 'a user asks as an application service',
    ask: { path: '/_matrix/client/v3/directory/list/appservice/irc/!r:test', body: { visibility: 'public' } },
    status: 403, errcode: 'M_FORBIDDEN',
  },
  {
    name: 'an application service',
    ask: { token: 'appservice', path: '/_matrix/client/v3/directory/list/appservice/irc/!r:test', body: { visibility: 'public' } },
    status: 200,
  },
  {
    name: 'a token that is optional',
    ask: { method: 'GET', path: '/_matrix/client/versions' },
    status: 200, body: { requester: '@alice:test' },
  },
  {
    name: 'no token where it is optional',
    ask: { token: undefined, method: 'GET', path: '/_matrix/client/versions' },
    status: 200, body: { requester: null },
  },
]

for (const [door, hotOperations] of Object.entries(DOORS)) {
  t.test(`through ${door}`, async (t) => {
    const front = await startFront(t, { hotOperations })
    for (const each of [...BODIES, ...AUTH]) await t.test(each.name, (t) => check(t, front, each))
    await t.test('answers carry the same headers', (t) => checkHeaders(t, front))
    await t.test('B13 hostile keys are keys', (t) => checkHostileKeys(t, front))
    await t.test('paths are decoded after they are split', (t) => checkPaths(t, front))
    await t.test('B20 OPTIONS runs nothing', (t) => checkPreflight(t, front))
    await t.test('/sync waits and is answered', (t) => checkWaiting(t, front))
  })
}

async function check(t: Test, { api }: TestFront, { ask, status, errcode, body }: Case): Promise<void> {
  const { method = 'PUT', path = SEND, ...rest } = ask
  const isWrite = method !== 'GET' && method !== 'DELETE'
  const answer = await api.ask(method, path, { token: 'alice', ...(isWrite ? { body: '{}' } : {}), ...rest })
  t.equal(answer.status, status, answer.text.slice(0, 300))
  if (errcode !== undefined) {
    t.equal(answer.body.errcode, errcode)
    t.type(answer.body.error, 'string')
    t.notMatch(answer.text, 'a secret detail')
  }
  if (body !== undefined) t.match(answer.body, body)
  t.equal(answer.headers.get('access-control-allow-origin'), '*')
  t.equal(answer.headers.get('content-type'), 'application/json')
}

const headerNames = ({ headers }: Answer): string[] => [...headers.keys()].sort()

async function checkHeaders(t: Test, { api }: TestFront): Promise<void> {
  const answer = await api.put(SEND, { token: 'alice', body: {} })
  t.same(headerNames(answer), [
    'access-control-allow-headers', 'access-control-allow-methods', 'access-control-allow-origin', 'access-control-expose-headers',
    'cache-control', 'connection', 'content-length', 'content-type', 'date', 'keep-alive', 'x-request-id',
  ])
}

async function checkHostileKeys(t: Test, { api }: TestFront): Promise<void> {
  const body = '{"__proto__":{"a":1},"constructor":2,"toString":3,"hasOwnProperty":4}'
  const answer = await api.put(SEND, { token: 'alice', body })
  t.equal(answer.text, `{"event_id":"$t1","echo":${body}}`)
}

async function checkPaths(t: Test, { api }: TestFront): Promise<void> {
  const params = async (path: string) => (await api.put(path, { token: 'alice', body: {} })).body.params
  t.same(await params(STATE), { roomId: '!r:test', eventType: 'm.test', stateKey: '' })
  t.same(await params(`${STATE}/`), { roomId: '!r:test', eventType: 'm.test', stateKey: '' })
  t.same(await params('/_matrix/client/r0/rooms/%21r%3Atest/state/m%2Ftest/a%2Fb%20c'), {
    roomId: '!r:test', eventType: 'm/test', stateKey: 'a/b c',
  })
  t.same(await params(`${STATE}/__proto__`), { roomId: '!r:test', eventType: 'm.test', stateKey: '__proto__' })
}

async function checkPreflight(t: Test, { api, asked }: TestFront): Promise<void> {
  const before = asked.length
  const answer = await api.ask('OPTIONS', SEND, { headers: { 'access-control-request-method': 'PUT' } })
  t.equal(answer.status, 204)
  t.equal(answer.headers.get('access-control-allow-headers'), 'X-Requested-With, Content-Type, Authorization')
  t.match(answer.headers.get('access-control-allow-methods'), /PUT/)
  t.equal(asked.length, before)
  t.equal((await api.ask('OPTIONS', '/_matrix/client/v3/nothing')).status, 204)
}

async function checkWaiting(t: Test, { api, waiters }: TestFront): Promise<void> {
  const answer = api.get('/_matrix/client/v3/sync?timeout=30000', { token: 'alice' })
  await untilTrue(() => waiters.size === 1)
  for (const waiter of waiters) {
    waiter.answer('{"next_batch":"one"}')
    // A second answer comes too late and is dropped.
    waiter.answer('{"next_batch":"two"}')
  }
  t.equal((await answer).text, '{"next_batch":"one"}')
  waiters.clear()
  const failing = api.get('/_matrix/client/v3/sync', { token: 'alice' })
  await untilTrue(() => waiters.size === 1)
  for (const waiter of waiters) waiter.fail(new TypeError('a secret detail'))
  t.equal((await failing).status, 500)
  waiters.clear()
}

t.test('a token in the query is not read where the operator does not want it', async (t) => {
  const { api } = await startFront(t, { config: { ...configOf(), accessTokens: { allowInQuery: false, lifetimeMs: 1 } } })
  t.equal((await api.put(`${SEND}?access_token=alice`, { body: {} })).body.errcode, 'M_MISSING_TOKEN')
  t.equal((await api.put(`${SEND}?access_token=bob`, { token: 'alice', body: {} })).status, 200)
})

t.test('HEAD is answered as GET without the body, also where one could wait', async (t) => {
  const { api, waiters } = await startFront(t)
  const paths = ['/_matrix/client/versions', '/_matrix/client/v3/devices', '/_matrix/client/v3/nothing']
  for (const path of paths) {
    const [get, head] = [await api.get(path, { token: 'alice' }), await api.ask('HEAD', path, { token: 'alice' })]
    t.same([head.status, head.text], [get.status, ''], path)
    for (const name of ['content-type', 'content-length']) t.equal(head.headers.get(name), get.headers.get(name), `${path} ${name}`)
  }
  const refused = await api.ask('HEAD', SEND, { token: 'alice' })
  t.equal(refused.status, 405, 'what only PUT does')
  t.equal((await api.ask('DELETE', '/_matrix/client/versions')).headers.get('allow'), 'GET, HEAD, OPTIONS')
  const waiting = api.ask('HEAD', '/_matrix/client/v3/sync', { token: 'alice' })
  await untilTrue(() => waiters.size === 1)
  for (const waiter of waiters) waiter.answer('{"next_batch":"one"}')
  t.match(await waiting, { status: 200, text: '' })
  t.equal((await api.get('/_matrix/client/versions')).status, 200)
})

t.test('who asks too often is told when to come back', async (t) => {
  const { api, asked, clock } = await startFront(t, { config: { ...configOf(), rateLimits: smallLimits } })
  const send = (token: string) => api.put(SEND, { token, body: {} })
  for (let count = 0; count < 3; count++) t.equal((await send('alice')).status, 200)
  const refused = await api.put(STATE, { token: 'alice', body: '{' })
  t.equal(refused.status, 429, 'state events are of the same bucket, and the body is not looked at')
  t.same(refused.body, { errcode: 'M_LIMIT_EXCEEDED', error: refused.body.error, retry_after_ms: 1000 })
  t.equal(refused.headers.get('retry-after'), '1')
  t.equal(asked.length, 3)
  t.equal((await send('bob')).status, 200, 'another user has a bucket of their own')
  clock.advance(1000)
  t.equal((await send('alice')).status, 200)
  t.equal((await send('alice')).status, 429)
})

t.test('without a token the address counts, and a /64 of IPv6 counts as one', async (t) => {
  const { api } = await startFront(t, { config: { ...configOf(), rateLimits: smallLimits } })
  const login = (ip: string) => api.post('/_matrix/client/v3/login', { body: { type: 'x' }, headers: { 'x-forwarded-for': ip } })
  for (const ip of ['2001:db8:1:2::1', '2001:db8:1:2::2', '2001:db8:1:2:ffff::3']) t.equal((await login(ip)).status, 200)
  t.equal((await login('2001:db8:1:2::4')).status, 429)
  t.equal((await login('2001:db8:1:3::1')).status, 200)
  t.equal((await login('203.0.113.7')).status, 200)
})

t.test('registering counts when it succeeds, not for each of its stages', async (t) => {
  const { api } = await startFront(t, { config: { ...configOf(), rateLimits: smallLimits } })
  const register = (body: object) => api.post('/_matrix/client/v3/register', { body })
  for (let count = 0; count < 6; count++) t.equal((await register({ username: 7 })).status, 400)
  for (let count = 0; count < 3; count++) t.equal((await register({ username: 'a' })).status, 200)
  t.equal((await register({ username: 'a' })).status, 429)
})

t.test('the address of the client is the one before the proxies that are trusted', async (t) => {
  const { api } = await startFront(t, { config: { ...configOf(), trustedProxies: ['127.0.0.1', '10.0.0.0/8'] } })
  const seen = async (forwarded: string) =>
    (await api.get('/_matrix/client/versions', { headers: { 'x-forwarded-for': forwarded } })).body.ip
  t.equal(await seen('203.0.113.7'), '203.0.113.7')
  t.equal(await seen('198.51.100.1, 203.0.113.7, 10.1.2.3'), '203.0.113.7', 'what the client wrote itself is not believed')
  t.equal(await seen('::ffff:203.0.113.7'), '203.0.113.7')
  t.equal(await seen('nonsense'), '127.0.0.1')
  t.equal(await seen('1.2.3.4,'.repeat(1000)), '127.0.0.1')
  const { api: direct } = await startFront(t, { config: { ...configOf(), trustedProxies: [] } })
  const answer = await direct.get('/_matrix/client/versions', { headers: { 'x-forwarded-for': '203.0.113.7' } })
  t.equal(answer.body.ip, '127.0.0.1')
})

t.test('an operation that is not served is not recognised', async (t) => {
  const { api } = await startFront(t)
  const answer = await api.get('/_matrix/client/v3/voip/turnServer', { token: 'alice' })
  t.equal(answer.status, 404)
  t.equal(answer.body.errcode, 'M_UNRECOGNIZED')
})

function configOf() {
  return {
    listeners: [{ bind: '127.0.0.1', port: 0, resources: ['client' as const], tls: undefined }],
    trustedProxies: ['127.0.0.1'],
    rateLimits: { ...smallLimits, enabled: false },
    accessTokens: { allowInQuery: true, lifetimeMs: 1000 },
  }
}
