import t from 'tap'
import { deviceKeysOf, oneTimeKeysOf } from '../support/encryption-world.ts'
import { createTestServer, type TestUser } from '../support/server.ts'

const { api, register } = await createTestServer(t)
const V3 = '/_matrix/client/v3'
const alice = await register('alice')
const bob = await register('bob')

const sync = async ({ token }: TestUser, since?: string) => (
  (await api.get(`${V3}/sync?timeout=0${since === undefined ? '' : `&since=${since}`}`, { token })).body
)
const upload = ({ token, userId, deviceId }: TestUser, more: object = {}, secret = 'abc') => (
  api.post(`${V3}/keys/upload`, { token, body: { device_keys: deviceKeysOf({ user: 0, userId, deviceId }, secret), ...more } })
)
let txn = 0
const send = (from: TestUser, to: TestUser, n: number) => api.put(`${V3}/sendToDevice/m.test/${txn += 1}`, {
  token: from.token, body: { messages: { [to.userId]: { [to.deviceId]: { n } } } },
})
const numbersOf = (answer: Awaited<ReturnType<typeof sync>>) => (
  (answer['to_device']?.events ?? []).map((event: { content: { n: number } }) => event.content.n)
)

t.test('Messages come in order, in pages, and again until they are acknowledged by their token', async (t) => {
  const start = await sync(bob)
  for (let n = 0; n < 120; n += 1) await send(alice, bob, n)
  const first = await sync(bob, start['next_batch'])
  t.same(numbersOf(first), Array.from({ length: 100 }, (_, n) => n))
  t.same(first['to_device'].events[0], { sender: alice.userId, type: 'm.test', content: { n: 0 } })
  t.same(numbersOf(await sync(bob, start['next_batch'])), numbersOf(first), 'the answer may have been lost')
  const second = await sync(bob, first['next_batch'])
  t.same(numbersOf(second), Array.from({ length: 20 }, (_, n) => n + 100))
  t.same(numbersOf(await sync(bob, second['next_batch'])), [])
  t.same(numbersOf(await sync(bob)), [], 'they are gone')
})

t.test('A device is told how many keys it has left', async (t) => {
  await upload(alice, { one_time_keys: oneTimeKeysOf(['1', '2']), fallback_keys: oneTimeKeysOf(['F']) })
  const before = await sync(alice)
  t.same(before['device_one_time_keys_count'], { signed_curve25519: 2 })
  t.same(before['device_unused_fallback_key_types'], ['signed_curve25519'])
  const wish = { one_time_keys: { [alice.userId]: { [alice.deviceId]: 'signed_curve25519' } } }
  for (let count = 0; count < 3; count += 1) await api.post(`${V3}/keys/claim`, { token: bob.token, body: wish })
  const after = await sync(alice, before['next_batch'])
  t.same([after['device_one_time_keys_count'], after['device_unused_fallback_key_types']], [{ signed_curve25519: 0 }, []])
})

t.test('Who shares a room learns of changed keys, of who comes and of who goes', async (t) => {
  const changes = async (from: string, to: string) => (await api.get(`${V3}/keys/changes?from=${from}&to=${to}`, { token: bob.token })).body
  const zero = await sync(bob)
  t.notOk(zero['device_lists'], 'nothing of the kind on a first sync')
  await upload(alice, {}, 'two')
  t.notOk((await sync(bob, zero['next_batch']))['device_lists'], 'they share no room')
  const made = await api.post(`${V3}/createRoom`, { token: alice.token, body: { preset: 'public_chat' } })
  const room: string = made.body['room_id']
  await api.post(`${V3}/join/${room}`, { token: bob.token, body: {} })
  const joined = await sync(bob, zero['next_batch'])
  t.same(joined['device_lists'], { changed: [alice.userId], left: [] })
  await upload(alice, {}, 'three')
  const changed = await sync(bob, joined['next_batch'])
  t.same(changed['device_lists'], { changed: [alice.userId], left: [] })
  t.same(await changes(joined['next_batch'], changed['next_batch']), { changed: [alice.userId], left: [] })
  await api.post(`${V3}/rooms/${room}/leave`, { token: alice.token, body: {} })
  const left = await sync(bob, changed['next_batch'])
  t.same(left['device_lists'], { changed: [], left: [alice.userId] })
  t.same(await changes(changed['next_batch'], left['next_batch']), { changed: [], left: [alice.userId] })
})
