import t from 'tap'
import { formatSyncToken } from '../../src/streams/tokens.ts'
import { V3 } from '../support/api.ts'
import { deviceKeysOf, oneTimeKeysOf } from '../support/encryption-world.ts'
import { inTime } from '../support/in-time.ts'
import { createTestServer, type TestUser } from '../support/server.ts'

const { api, register, clock } = await createTestServer(t)
const alice = await register('alice')
const bob = await register('bob')

const keysOf = ({ userId, deviceId }: TestUser) => deviceKeysOf({ user: 0, userId, deviceId })
const upload = ({ token }: TestUser, body: unknown) => api.post(`${V3}/keys/upload`, { token, body })
const query = ({ token }: TestUser, body: unknown) => api.post(`${V3}/keys/query`, { token, body })
const claim = ({ token }: TestUser, body: unknown) => api.post(`${V3}/keys/claim`, { token, body })
const signed = (id: string) => `signed_curve25519:${id}`

t.test('uploadKeys and queryKeys: what a device publishes, others find', async (t) => {
  const uploaded = await upload(alice, { device_keys: keysOf(alice), one_time_keys: oneTimeKeysOf(['1', '2']) })
  t.equal(uploaded.status, 200)
  t.same(uploaded.body, { one_time_key_counts: { signed_curve25519: 2 } })
  const found = await query(bob, { device_keys: { [alice.userId]: [], '@nobody:localhost': [], '@remote:elsewhere.example': [] } })
  t.equal(found.status, 200)
  t.match(found.body.device_keys[alice.userId][alice.deviceId], keysOf(alice))
  t.same(found.body.device_keys['@nobody:localhost'], {})
  t.same(Object.keys(found.body.failures), ['elsewhere.example'])
  const unknown = await query(bob, { device_keys: { [alice.userId]: ['OTHER'] } })
  t.same(unknown.body.device_keys, { [alice.userId]: {} })
})

t.test('uploadKeys refuses keys of others and what has another form', async (t) => {
  const refused: [body: unknown, status: number, errcode: string][] = [
    [{ device_keys: { ...keysOf(alice), user_id: bob.userId } }, 400, 'M_BAD_JSON'],
    [{ device_keys: { ...keysOf(alice), device_id: bob.deviceId } }, 400, 'M_BAD_JSON'],
    [{ device_keys: null }, 400, 'M_BAD_JSON'],
    [{ device_keys: {} }, 400, 'M_BAD_JSON'],
    [{ device_keys: { ...keysOf(alice), algorithms: 'one' } }, 400, 'M_BAD_JSON'],
    [{ one_time_keys: [] }, 400, 'M_BAD_JSON'],
    [{ one_time_keys: { [signed('5')]: 5 } }, 400, 'M_BAD_JSON'],
    [{ one_time_keys: { nocolon: 'key' } }, 400, 'M_INVALID_PARAM'],
    [{ one_time_keys: { 'a:\0': 'key' } }, 400, 'M_INVALID_PARAM'],
    [{ one_time_keys: oneTimeKeysOf(['1'], 'other') }, 400, 'M_UNKNOWN'],
    [{ one_time_keys: { 'a:b': 'x'.repeat(20_000) } }, 413, 'M_TOO_LARGE'],
  ]
  for (const [body, status, errcode] of refused) {
    const answer = await upload(alice, body)
    t.same([answer.status, answer.body.errcode], [status, errcode], JSON.stringify(body).slice(0, 100))
  }
  const again = await upload(alice, { one_time_keys: oneTimeKeysOf(['1']) })
  t.same([again.status, again.body], [200, { one_time_key_counts: { signed_curve25519: 2 } }], 'the same key again is no mistake')
})

t.test('queryKeys and claimKeys refuse what has another form', async (t) => {
  for (const body of [{ device_keys: [] }, { device_keys: { [alice.userId]: 'all' } }, { device_keys: { [alice.userId]: [1] } }, []]) {
    const answer = await query(bob, body)
    t.same([answer.status, answer.body.errcode], [400, 'M_BAD_JSON'], JSON.stringify(body))
  }
  for (const body of [{ one_time_keys: [] }, { one_time_keys: { [alice.userId]: [] } }, { one_time_keys: { [alice.userId]: { D: 1 } } }]) {
    const answer = await claim(bob, body)
    t.same([answer.status, answer.body.errcode], [400, 'M_BAD_JSON'], JSON.stringify(body))
  }
})

t.test('claimKeys: each one-time key once, in order, then the fallback key', async (t) => {
  await upload(alice, { fallback_keys: oneTimeKeysOf(['F']) })
  const wish = { one_time_keys: { [alice.userId]: { [alice.deviceId]: 'signed_curve25519', GONE: 'signed_curve25519' } } }
  const claimed: unknown[] = []
  for (let count = 0; count < 4; count += 1) {
    const answer = await claim(bob, wish)
    t.equal(answer.status, 200)
    t.same(Object.keys(answer.body.one_time_keys[alice.userId]), [alice.deviceId])
    claimed.push(...Object.keys(answer.body.one_time_keys[alice.userId][alice.deviceId]))
  }
  t.same(claimed, [signed('1'), signed('2'), signed('F'), signed('F')])
  const unknown = { [alice.userId]: { [alice.deviceId]: 'other' }, '@x:elsewhere.example': { D: 'x' } }
  const none = await inTime(clock, claim(bob, { one_time_keys: unknown }))
  t.same(none.body.one_time_keys, {})
  t.same(Object.keys(none.body.failures), ['elsewhere.example'])
})

t.test('sendToDevice: once for each transaction id, and only what can be kept', async (t) => {
  const send = (path: string, body: unknown) => api.put(`${V3}/sendToDevice/${path}`, { token: bob.token, body })
  const messages = { [alice.userId]: { '*': { n: 1 } } }
  for (let count = 0; count < 2; count += 1) {
    const answer = await send('m.test/1', { messages })
    t.same([answer.status, answer.body], [200, {}])
  }
  const refused: [path: string, body: unknown, status: number, errcode: string][] = [
    ['m.test/2', {}, 400, 'M_MISSING_PARAM'],
    ['m.test/3', { messages: [] }, 400, 'M_BAD_JSON'],
    ['m.test/4', { messages: { [alice.userId]: { D: 'text' } } }, 400, 'M_BAD_JSON'],
    ['m.test/5', { messages: { [alice.userId]: { '*': { text: 'x'.repeat(70_000) } } } }, 413, 'M_TOO_LARGE'],
    [`${'x'.repeat(300)}/6`, { messages }, 400, 'M_INVALID_PARAM'],
  ]
  for (const [path, body, status, errcode] of refused) {
    const answer = await send(path, body)
    t.same([answer.status, answer.body.errcode], [status, errcode], path.slice(0, 20))
  }
  const hostile = `{"messages":{"${alice.userId}":{"__proto__":{"a":1},"constructor":{}}}}`
  t.equal((await send('__proto__/7', hostile)).status, 200)
})

t.test('getKeysChanges: whose keys changed since a token', async (t) => {
  const changes = (from: string, to: string) => api.get(`${V3}/keys/changes?from=${from}&to=${to}`, { token: alice.token })
  const token = (epoch: number) => {
    const parts = { epoch, pos: 1, toDevice: 1, instance: 'ab', ephemeral: 0, typing: 0, presence: 0 }
    return formatSyncToken(parts)
  }
  const answer = await changes(token(0), token(7))
  t.same([answer.status, answer.body], [200, { changed: [alice.userId], left: [] }], 'a token of another life stands for now')
  t.same((await changes(token(0), token(0))).body, { changed: [], left: [] })
  for (const bad of ['', 'garbage', token(0).replace('s1_', 's999999999_'), 's9_9_9']) {
    const refused = await changes(bad, token(0))
    t.same([refused.status, refused.body.errcode], [400, 'M_INVALID_PARAM'], bad)
  }
})

t.test('A device that logs out takes its keys with it', async (t) => {
  const carol = await register('carol')
  await upload(carol, { device_keys: keysOf(carol), one_time_keys: oneTimeKeysOf(['1']) })
  await api.post(`${V3}/logout`, { token: carol.token })
  t.same((await query(bob, { device_keys: { [carol.userId]: [] } })).body.device_keys, { [carol.userId]: {} })
  t.same((await claim(bob, { one_time_keys: { [carol.userId]: { [carol.deviceId]: 'signed_curve25519' } } })).body.one_time_keys, {})
})

t.test('Dehydrated devices: putDehydratedDevice, getDehydratedDevice, deleteDehydratedDevice', async (t) => {
  const dora = await register('dora')
  const path = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device'
  const put = (deviceId: string, more: object = {}) => api.put(path, { token: dora.token, body: {
    device_id: deviceId, device_data: { algorithm: 'org.matrix.msc3814.v2', nonce: 'n' },
    initial_device_display_name: 'Dehydrated device',
    device_keys: { ...deviceKeysOf({ user: 0, userId: dora.userId, deviceId }), dehydrated: true },
    one_time_keys: oneTimeKeysOf(['1', '2']), fallback_keys: oneTimeKeysOf(['F']), ...more,
  } })
  const none = await api.get(path, { token: dora.token })
  t.same([none.status, none.body.errcode], [404, 'M_NOT_FOUND'])
  t.same((await api.delete(path, { token: dora.token, body: {} })).status, 404)
  t.same((await put('FIRST')).body, { device_id: 'FIRST' })
  t.same((await put('KEPT')).body, { device_id: 'KEPT' })
  t.same((await api.get(path, { token: dora.token })).body, {
    device_id: 'KEPT', device_data: { algorithm: 'org.matrix.msc3814.v2', nonce: 'n' },
  })
  const keys = (await query(bob, { device_keys: { [dora.userId]: [] } })).body.device_keys[dora.userId]
  t.same(Object.keys(keys), ['KEPT'], 'the first one is gone')
  t.match(keys.KEPT, { dehydrated: true, unsigned: { device_display_name: 'Dehydrated device' } })
  const wish = { one_time_keys: { [dora.userId]: { KEPT: 'signed_curve25519' } } }
  t.same(Object.keys((await claim(bob, wish)).body.one_time_keys[dora.userId].KEPT), ['signed_curve25519:1'])

  for (const [body, errcode] of [
    [{ device_keys: deviceKeysOf({ user: 0, userId: dora.userId, deviceId: 'OTHER' }) }, 'M_BAD_JSON'],
    [{ device_keys: undefined }, 'M_MISSING_PARAM'], [{ device_data: {} }, 'M_BAD_JSON'],
    [{ one_time_keys: { nonsense: 'key' } }, 'M_INVALID_PARAM'],
  ] as const) {
    const refused = await put('NEXT', body)
    t.same([refused.status, refused.body.errcode], [400, errcode])
  }
  const taken = await put(dora.deviceId)
  t.same([taken.status, taken.body.errcode], [400, 'M_INVALID_PARAM'], 'a device that is logged in stays as it is')
  t.match((await api.get(path, { token: dora.token })).body, { device_id: 'KEPT' }, 'what was refused changed nothing')
  t.same((await api.delete(path, { token: dora.token, body: {} })).body, { device_id: 'KEPT' })
  t.same((await query(bob, { device_keys: { [dora.userId]: [] } })).body.device_keys, { [dora.userId]: {} })
})

t.test('Dehydrated devices: getDehydratedDeviceEvents, postDehydratedDeviceEvents', async (t) => {
  const dora = await register('dora2')
  const path = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device'
  await api.put(path, { token: dora.token, body: {
    device_id: 'KEPT', device_data: { algorithm: 'x' }, device_keys: deviceKeysOf({ user: 0, userId: dora.userId, deviceId: 'KEPT' }),
  } })
  for (let n = 0; n < 250; n += 1) {
    await api.put(`${V3}/sendToDevice/m.test/dora${n}`, { token: bob.token, body: { messages: { [dora.userId]: { KEPT: { n } } } } })
  }
  const own = (await api.get(`${V3}/sync`, { token: dora.token })).body
  t.notOk(own['to_device'], 'they are in no sync')
  const numbersOf = ({ body }: { body: Record<string, any> }): number[] => (
    body['events'].map((event: { content: { n: number } }) => event.content.n)
  )
  const page = (more = '') => api.get(`${path}/KEPT/events${more}`, { token: dora.token })
  const first = await page()
  const second = await page(`?from=${first.body['next_batch']}`)
  const third = await page(`?from=${second.body['next_batch']}`)
  t.same([first, second, third].flatMap(numbersOf), Array.from({ length: 250 }, (_, n) => n))
  t.equal(third.body['next_batch'], undefined)
  t.same(numbersOf(await page('?limit=3')), [0, 1, 2], 'whoever begins anew gets all again')
  const old = await api.post(`${path}/KEPT/events`, { token: dora.token, body: { next_batch: second.body['next_batch'] } })
  t.same(numbersOf(old), numbersOf(third))
  t.same(numbersOf(await api.post(`${path}/KEPT/events`, { token: dora.token, body: { next_batch: old.body['next_batch'] } })), [])
  t.equal((await page('?from=nonsense')).status, 400)
  for (const other of [dora.deviceId, 'GONE']) {
    const refused = await api.get(`${path}/${other}/events`, { token: dora.token })
    t.same([refused.status, refused.body.errcode], [403, 'M_FORBIDDEN'])
  }
  const { body } = await api.get(`${V3}/devices`, { token: dora.token })
  t.same(body['devices'].map((device: { device_id: string }) => device.device_id).toSorted(), [dora.deviceId, 'KEPT'].toSorted())
  await api.post(`${V3}/logout/all`, { token: dora.token })
  t.same((await query(bob, { device_keys: { [dora.userId]: [] } })).body.device_keys, { [dora.userId]: {} })
})
