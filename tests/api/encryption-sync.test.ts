import t from 'tap'
import { Dice } from '../soak/dice.ts'
import { V3 } from '../support/api.ts'
import { deviceKeysOf, oneTimeKeysOf } from '../support/encryption-world.ts'
import { createTestServer, PASSWORD, type TestUser } from '../support/server.ts'

const { api, register } = await createTestServer(t)
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
  t.same(joined['device_lists'], { changed: [bob.userId, alice.userId], left: [] }, 'the other devices of who comes, too')
  await upload(alice, {}, 'three')
  const changed = await sync(bob, joined['next_batch'])
  t.same(changed['device_lists'], { changed: [alice.userId], left: [] })
  t.same(await changes(joined['next_batch'], changed['next_batch']), { changed: [alice.userId], left: [] })
  await api.post(`${V3}/rooms/${room}/leave`, { token: alice.token, body: {} })
  const left = await sync(bob, changed['next_batch'])
  t.same(left['device_lists'], { changed: [], left: [alice.userId] })
  t.same(await changes(changed['next_batch'], left['next_batch']), { changed: [], left: [alice.userId] })
})

t.test('Two connections of one device each have what their tokens stand for, until one of them says that it was received', async (t) => {
  const start = (await sync(bob))['next_batch']
  await send(alice, bob, 1)
  const one = await sync(bob, start)
  await send(alice, bob, 2)
  const other = await sync(bob, start)
  t.same([numbersOf(one), numbersOf(other)], [[1], [1, 2]])
  t.same(numbersOf(await sync(bob, one['next_batch'])), [2], 'what its token did not carry is still there')
  t.same(numbersOf(await sync(bob, start)), [2], 'and who lost the answer gets it')
  t.same(numbersOf(await sync(bob, other['next_batch'])), [])
  t.same(numbersOf(await sync(bob, one['next_batch'])), [], 'the device has it all now')
})

t.test('Keys to the history of a room pass from who invites to who is invited', async (t) => {
  const bundle = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 256))
  const uploaded = await api.post('/_matrix/media/v3/upload', {
    token: alice.token, body: bundle, headers: { 'content-type': 'application/octet-stream' },
  })
  const uri: string = uploaded.body['content_uri']
  const file = { url: uri, v: 'v2', key: { kty: 'oct', k: 'secret' }, iv: 'iv', hashes: { sha256: 'hash' } }
  const before = (await sync(bob))['next_batch']
  const types = ['m.room_key_bundle', 'io.element.msc4268.room_key_bundle', 'm.room.encrypted']
  for (const type of types) {
    const body = { messages: { [bob.userId]: { [bob.deviceId]: { room_id: '!room:localhost', file } } } }
    t.equal((await api.put(`${V3}/sendToDevice/${type}/bundle`, { token: alice.token, body })).status, 200)
  }
  const { events } = (await sync(bob, before))['to_device']
  t.same(events, types.map((type) => ({ sender: alice.userId, type, content: { room_id: '!room:localhost', file } })))
  const response = await fetch(`${api.url}/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}`, {
    headers: { authorization: `Bearer ${bob.token}` },
  })
  t.ok(bundle.equals(Buffer.from(await response.arrayBuffer())), 'as it was uploaded')
})

t.test('Each sync tells of devices what is to be told between its two tokens', async (t) => {
  const dice = new Dice(11)
  const below = (end: number): number => Math.floor(dice.between(0, end))
  const users = [alice, bob, await register('carol'), await register('dan')]
  const made = await Promise.all(users.slice(0, 3).map(({ token }) => (
    api.post(`${V3}/createRoom`, { token, body: { preset: 'public_chat' } })
  )))
  const rooms = made.map(({ body }) => encodeURIComponent(body['room_id']))
  const tokens = new Map<TestUser, string>()
  for (const user of users) tokens.set(user, (await sync(user))['next_batch'])
  const sorted = ({ changed = [], left = [] }: { changed?: string[], left?: string[] } = {}) => [changed.toSorted(), left.toSorted()]
  let told = 0
  for (let step = 0; step < 80; step += 1) {
    const user = users[below(users.length)] ?? alice
    const what = below(5)
    if (what < 2) await api.post(`${V3}/join/${rooms[below(3)]}`, { token: user.token, body: {} })
    else if (what < 4) await api.post(`${V3}/rooms/${rooms[below(3)]}/leave`, { token: user.token, body: {} })
    else await upload(user, {}, String(step))
    for (const reader of users) {
      // Some come back at once and some after a while.
      if (below(3) > 0) continue
      const from = tokens.get(reader) ?? ''
      const { next_batch: to, device_lists: lists } = await sync(reader, from)
      tokens.set(reader, to)
      const changes = (await api.get(`${V3}/keys/changes?from=${from}&to=${to}`, { token: reader.token })).body
      if (lists !== undefined) told += 1
      if (JSON.stringify(sorted(lists)) !== JSON.stringify(sorted(changes))) t.fail(`${reader.userId} was told otherwise in step ${step}`)
    }
  }
  t.ok(told > 10, 'and there was something to tell')
})

async function login(username: string, deviceId?: string): Promise<TestUser> {
  const identifier = { type: 'm.id.user', user: username }
  const wish = { type: 'm.login.password', identifier, password: PASSWORD, ...(deviceId === undefined ? {} : { device_id: deviceId }) }
  const { body } = await api.post(`${V3}/login`, { body: wish })
  return { userId: body['user_id'], deviceId: body['device_id'], token: body['access_token'] }
}

const claim = (from: TestUser, of: TestUser) => api.post(`${V3}/keys/claim`, {
  token: from.token, body: { one_time_keys: { [of.userId]: { [of.deviceId]: 'signed_curve25519' } } },
})

t.test('A device that has the name of one that is gone begins with nothing', async (t) => {
  const old = await login('bob', 'AGAIN')
  await upload(old, { one_time_keys: oneTimeKeysOf(['1', '2']), fallback_keys: oneTimeKeysOf(['F']) })
  await send(alice, old, 1)
  const before = await sync(old)
  t.same([before['device_one_time_keys_count'], numbersOf(before)], [{ signed_curve25519: 2 }, [1]])
  t.equal((await api.post(`${V3}/logout`, { token: old.token, body: {} })).status, 200)
  await send(alice, old, 2)
  const later = await login('bob', 'AGAIN')
  t.same((await claim(alice, later)).body['one_time_keys'], {})
  for (const since of [undefined, before['next_batch']]) {
    const begun = await sync(later, since)
    t.same(numbersOf(begun), [])
    t.same([begun['device_one_time_keys_count'], begun['device_unused_fallback_key_types']], [{ signed_curve25519: 0 }, []])
  }
  t.same((await upload(later)).body, { one_time_key_counts: { signed_curve25519: 0 } })
  t.same((await sync(later))['device_one_time_keys_count'], { signed_curve25519: 0 })
  await send(alice, later, 3)
  t.same(numbersOf(await sync(later)), [3])
})

t.test('Two syncs with one token have the same messages, and an older token takes none away', async (t) => {
  const device = await login('bob')
  const { next_batch: start } = await sync(device)
  for (let n = 0; n < 5; n += 1) await send(alice, device, n)
  const both = await Promise.all([sync(device, start), sync(device, start)])
  t.same(both.map(numbersOf), [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]])
  for (let n = 5; n < 8; n += 1) await send(alice, device, n)
  const next = await Promise.all(both.map((answer) => sync(device, answer['next_batch'])))
  t.same(next.map(numbersOf), [[5, 6, 7], [5, 6, 7]])
  t.same(numbersOf(await sync(device, start)), [5, 6, 7], 'what was received is gone, and nothing else')
  t.same(numbersOf(await sync(device)), [5, 6, 7])
  t.same(numbersOf(await sync(device, next[0]?.['next_batch'])), [])
})

t.test('Messages that come while devices come and go are of those that are there', async (t) => {
  const devices = [await login('bob'), await login('bob')]
  const numbers = Array.from({ length: 30 }, (_, n) => n)
  const toAll = async (n: number) => {
    const { status } = await api.put(`${V3}/sendToDevice/m.test/${txn += 1}`, {
      token: alice.token, body: { messages: { [bob.userId]: { '*': { n } } } },
    })
    t.equal(status, 200)
  }
  const made = (async () => {
    for (let count = 0; count < 5; count += 1) devices.push(await login('bob'))
  })()
  const going = (async () => {
    await toAll(-1)
    await api.post(`${V3}/logout`, { token: devices[0]?.token ?? '', body: {} })
  })()
  for (const n of numbers) await toAll(n)
  await Promise.all([made, going])
  await toAll(30)
  const { body } = await api.get(`${V3}/sync?timeout=0`, { token: devices[0]?.token ?? '' })
  t.equal(body['errcode'], 'M_UNKNOWN_TOKEN')
  t.same(numbersOf(await sync(devices[1] as TestUser)).filter((n: number) => n >= 0), [...numbers, 30])
  for (const device of devices.slice(2)) {
    const got: number[] = numbersOf(await sync(device)).filter((n: number) => n >= 0)
    t.same(got, [...numbers, 30].slice(-got.length), 'from some message on, all of them')
  }
})

t.test('Large contents, NUL in them, and users who are gone', async (t) => {
  const device = await login('bob')
  const cara = await register('cara')
  const put = (userId: string, content: object, type = 'm.test', deviceId = '*') => api.put(`${V3}/sendToDevice/${type}/${txn += 1}`, {
    token: alice.token, body: { messages: { [userId]: { [deviceId]: content } } },
  })
  const empty = Buffer.byteLength(JSON.stringify({ n: 1, text: '' }))
  const largest = { n: 1, text: 'x'.repeat(65_536 - empty) }
  t.equal((await put(bob.userId, largest)).status, 200)
  t.equal((await put(bob.userId, { ...largest, n: 22 })).status, 413)
  t.equal((await put(bob.userId, { n: 2, text: 'a\0b', 'k\0': '' })).status, 200)
  t.equal((await put(bob.userId, { n: 3 }, 'a%00b')).status, 400)
  t.equal((await put(bob.userId, { n: 4 }, 'm.test', 'a\0b')).status, 200, 'there is no such device')
  t.equal((await put('@b\0b:localhost', { n: 5 })).status, 200, 'nor such a user')
  const gone = await api.post(`${V3}/account/deactivate`, { token: cara.token, body: {
    auth: { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'cara' }, password: PASSWORD },
  } })
  t.equal(gone.status, 200)
  for (const deviceId of ['*', cara.deviceId]) t.equal((await put(cara.userId, { n: 6 }, 'm.test', deviceId)).status, 200)
  t.same((await claim(alice, cara)).body['one_time_keys'], {})
  t.equal((await put(bob.userId, { n: 7 })).status, 200)
  const got = await sync(device)
  t.same(numbersOf(got), [1, 2, 7])
  t.same(got['to_device'].events[1].content.text, 'a\0b')
})
