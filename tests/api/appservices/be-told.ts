import { sql } from 'kysely'
import t from 'tap'
import { GatherEphemeral } from '../../../src/appservices/gather-ephemeral.ts'
import { Interests } from '../../../src/appservices/interests.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { Names } from '../../../src/store/names.ts'
import { silentLog } from '../../../src/util/log.ts'
import { createTestServer, type TestUser } from '../../support/server.ts'
import type { Api } from '../../support/api.ts'
import { AS_TOKEN as token, bridge } from './bridge.ts'
import { listen } from './fake-appservice.ts'

const V3 = '/_matrix/client/v3'
const GHOST = '@_irc_tom:localhost'
const AS_GHOST = `user_id=${encodeURIComponent(GHOST)}`

interface ToldEvent { readonly type: string, readonly room_id: string, readonly sender: string, readonly content: Record<string, unknown> }

async function makeGhost(api: Api): Promise<void> {
  await api.post(`${V3}/register`, { token, body: { type: 'm.login.application_service', username: '_irc_tom', inhibit_login: true } })
}

async function makeRoom(api: Api, { token: own }: TestUser, body: object = {}): Promise<string> {
  return ((await api.post(`${V3}/createRoom`, { token: own, body })).body as { room_id: string }).room_id
}

let sent = 0
const say = (api: Api, roomId: string, own: string, words: string) =>
  api.put(`${V3}/rooms/${roomId}/send/m.room.message/${sent += 1}`, { token: own, body: { msgtype: 'm.text', body: words } })

const bodiesOf = (events: readonly ToldEvent[]) =>
  events.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body'])

t.test('An application service is told what happens where its users are, in order, and nothing else', async (t) => {
  const service = await listen(t)
  const { api, register, server } = await createTestServer(t, { appservices: [bridge({ url: service.url })] })
  const alice = await register('alice')
  await makeGhost(api)
  const [shared, other] = [await makeRoom(api, alice), await makeRoom(api, alice)]
  await say(api, shared, alice.token, 'before')
  await api.post(`${V3}/rooms/${shared}/invite`, { token: alice.token, body: { user_id: GHOST } })
  await api.post(`${V3}/join/${shared}?${AS_GHOST}`, { token, body: {} })
  const words = Array.from({ length: 150 }, (_, index) => `word ${index}`)
  for (const each of words) {
    await say(api, shared, alice.token, each)
    if (each.endsWith('5')) await say(api, other, alice.token, 'elsewhere')
  }
  await server.settled()
  const told = service.listOf<ToldEvent>('events')
  t.same(bodiesOf(told), words)
  t.match(told.slice(0, 2), [
    { type: 'm.room.member', state_key: GHOST, content: { membership: 'invite' } },
    { type: 'm.room.member', content: { membership: 'join' } },
  ])
  t.ok(told.every(({ room_id: roomId }) => roomId === shared))
  t.match(service.heard[0], { authorization: 'Bearer hs-secret' })
  const paths = service.heard.map(({ path }) => path)
  t.same(paths, [...new Set(paths)], 'each transaction has a number of its own')
  await api.post(`${V3}/rooms/${shared}/leave?${AS_GHOST}`, { token, body: {} })
  await say(api, shared, alice.token, 'after')
  await server.settled()
  const last = { type: 'm.room.member', content: { membership: 'leave' } }
  t.match(service.listOf<ToldEvent>('events').at(-1), last, 'also that its user has gone')
})

t.test('What an application service does not take is sent again as it was, then all that waited', async (t) => {
  const service = await listen(t)
  const { api, register, server, clock } = await createTestServer(t, { appservices: [bridge({ url: service.url })] })
  const alice = await register('alice')
  await makeGhost(api)
  const room = await makeRoom(api, alice, { invite: [GHOST], preset: 'public_chat' })
  await api.post(`${V3}/join/${room}?${AS_GHOST}`, { token, body: {} })
  await server.settled()
  service.answer = () => ({ status: 503, body: {} })
  service.heard.length = 0
  await say(api, room, alice.token, 'one')
  await server.settled()
  for (const pauseMs of [1000, 2000, 4000]) {
    await say(api, room, alice.token, 'more')
    clock.advance(pauseMs - 1)
    await server.settled()
    const before = service.heard.length
    clock.advance(1)
    await server.settled()
    t.equal(service.heard.length, before + 1, `again after ${pauseMs} ms`)
  }
  t.equal(new Set(service.heard.map(({ path, text }) => `${path} ${text}`)).size, 1, 'the same each time')
  service.answer = () => ({ status: 200, body: {} })
  const ping = await api.post('/_matrix/client/v1/appservice/irc/ping', { token, body: { transaction_id: 'mine' } })
  t.equal(ping.status, 200, 'pingAppservice')
  await server.settled()
  t.same(bodiesOf(service.listOf<ToldEvent>('events').slice(-4)), ['one', 'more', 'more', 'more'], 'at once, since it is there again')
})

t.test('An application service asks whether it is reached', async (t) => {
  const service = await listen(t)
  const mute = bridge({ id: 'mute', asToken: 'mute', senderLocalpart: 'mute' })
  const gone = bridge({ id: 'gone', asToken: 'gone', senderLocalpart: 'gone', url: 'http://127.0.0.1:9' })
  const { api, register } = await createTestServer(t, { appservices: [bridge({ url: service.url }), mute, gone] })
  const alice = await register('alice')
  const ping = (id: string, as: string) =>
    api.post(`/_matrix/client/v1/appservice/${id}/ping`, { token: as, body: { transaction_id: 'a' } })
  t.match(await ping('irc', token), { status: 200, body: { duration_ms: Number } })
  t.match(service.heard.findLast(({ method }) => method === 'POST'), { path: '/_matrix/app/v1/ping', text: '{"transaction_id":"a"}' })
  t.match(await ping('irc', alice.token), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await ping('mute', token), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await ping('mute', 'mute'), { status: 400, body: { errcode: 'M_URL_NOT_SET' } })
  t.match(await ping('gone', 'gone'), { status: 502, body: { errcode: 'M_CONNECTION_FAILED' } })
  service.answer = () => ({ status: 418, body: { a: 'teapot' } })
  t.match(await ping('irc', token), { status: 502, body: { errcode: 'M_BAD_STATUS', status: 418, body: '{"a":"teapot"}' } })
})

t.test('An application service that wants to know who types, reads and is there is told', async (t) => {
  const service = await listen(t)
  const { api, register, server } = await createTestServer(t, { appservices: [bridge({ url: service.url })] })
  const alice = await register('alice')
  await makeGhost(api)
  const room = await makeRoom(api, alice, { preset: 'public_chat' })
  await api.post(`${V3}/join/${room}?${AS_GHOST}`, { token, body: {} })
  const { body } = await say(api, room, alice.token, 'read me')
  const { event_id: eventId } = body as { event_id: string }
  await api.put(`${V3}/rooms/${room}/typing/${alice.userId}`, { token: alice.token, body: { typing: true, timeout: 10_000 } })
  await api.post(`${V3}/rooms/${room}/receipt/m.read/${eventId}`, { token: alice.token, body: {} })
  await api.post(`${V3}/rooms/${room}/receipt/m.read.private/${eventId}`, { token: alice.token, body: {} })
  await api.put(`${V3}/presence/${alice.userId}/status`, { token: alice.token, body: { presence: 'online', status_msg: 'here' } })
  await server.settled()
  const told = service.listOf<{ type: string }>('ephemeral')
  t.match(told.find(({ type }) => type === 'm.typing'), { room_id: room, content: { user_ids: [alice.userId] } })
  const receipt = { room_id: room, content: { [eventId]: { 'm.read': { [alice.userId]: {} } } } }
  t.match(told.filter(({ type }) => type === 'm.receipt'), [receipt])
  t.match(told.findLast(({ type }) => type === 'm.presence'), { sender: alice.userId, content: { presence: 'online', status_msg: 'here' } })
})

t.test('An application service whose users encrypt is sent messages to devices, which keys are left and whose changed', async (t) => {
  const service = await listen(t)
  const { api, register, server, services } = await createTestServer(t, { appservices: [bridge({ url: service.url })] })
  const alice = await register('alice')
  await makeGhost(api)
  const asDevice = `${AS_GHOST}&device_id=BRIDGE`
  await api.put(`${V3}/devices/BRIDGE?${AS_GHOST}`, { token, body: {} })
  const room = await makeRoom(api, alice, { preset: 'public_chat' })
  await api.post(`${V3}/join/${room}?${AS_GHOST}`, { token, body: {} })
  const keys = { one_time_keys: { 'curve25519:A': 'one', 'curve25519:B': 'two' }, fallback_keys: { 'curve25519:F': 'last' } }
  t.equal((await api.post(`${V3}/keys/upload?${asDevice}`, { token, body: keys })).status, 200)
  const send = (own: TestUser, to: string, device: string, words: string) => api.put(`${V3}/sendToDevice/m.room.encrypted/${sent += 1}`, {
    token: own.token, body: { messages: { [to]: { [device]: { body: words } } } },
  })
  service.answer = () => ({ status: 500, body: {} })
  for (const words of ['one', 'two', 'three']) await send(alice, GHOST, 'BRIDGE', words)
  await server.settled()
  service.answer = () => ({ status: 200, body: {} })
  await api.post('/_matrix/client/v1/appservice/irc/ping', { token, body: {} })
  await server.settled()
  service.heard.splice(0, service.heard.findLastIndex(({ method }) => method === 'POST'))
  await send(alice, GHOST, '*', 'four')
  await api.post(`${V3}/keys/claim`, { token: alice.token, body: { one_time_keys: { [GHOST]: { BRIDGE: 'curve25519' } } } })
  await api.post(`${V3}/keys/upload`, { token: alice.token, body: { device_keys: {
    user_id: alice.userId, device_id: alice.deviceId, algorithms: [], keys: { [`ed25519:${alice.deviceId}`]: 'key' },
    signatures: { [alice.userId]: { [`ed25519:${alice.deviceId}`]: 'signature' } },
  } } })
  await server.settled()
  const words = service.listOf<{ content: { body: string } }>('to_device').map(({ content }) => content.body)
  t.same(words.slice(-1), ['four'])
  t.match(service.listOf('to_device').at(-1), { to_user_id: GHOST, to_device_id: 'BRIDGE', sender: alice.userId, type: 'm.room.encrypted' })
  const bodies = service.heard.filter(({ method }) => method === 'PUT').map(({ text }) => JSON.parse(text) as Record<string, object>)
  t.match(bodies.findLast((body) => 'device_one_time_keys_count' in body), {
    device_one_time_keys_count: { [GHOST]: { BRIDGE: { curve25519: 1 } } },
    device_unused_fallback_key_types: { [GHOST]: { BRIDGE: ['curve25519'] } },
  })
  t.ok(bodies.some((body) => (body['device_lists'] as { changed: string[] } | undefined)?.changed.includes(alice.userId)))
  const ghost = await services.accounts.find(GHOST)
  const page = await services.encryption.toDevice.read(ghost?.user ?? -1, 'BRIDGE', 0, Number.MAX_SAFE_INTEGER)
  t.same(page.events, [], 'what was taken waits no more')
})

t.test('Where an application service comes and goes, it is to follow the devices of who is there, or need not', async (t) => {
  const service = await listen(t)
  const { api, register, server } = await createTestServer(t, { appservices: [bridge({ url: service.url })] })
  const [alice, bob] = [await register('alice'), await register('bob')]
  await makeGhost(api)
  const [room, other] = [await makeRoom(api, alice, { preset: 'public_chat' }), await makeRoom(api, bob, { preset: 'public_chat' })]
  await api.post(`${V3}/join/${room}`, { token: bob.token, body: {} })
  const move = async (how: string, where: string) => {
    service.heard.length = 0
    await api.post(`${V3}/rooms/${where}/${how}?${AS_GHOST}`, { token, body: {} })
    await server.settled()
    const bodies = service.heard.map(({ text }) => JSON.parse(text) as { device_lists?: { changed: string[], left: string[] } })
    return bodies.flatMap(({ device_lists: lists }) => lists ?? [])
  }
  t.match(await move('join', room), [{ changed: [GHOST, alice.userId, bob.userId], left: [] }])
  t.match(await move('join', other), [{ changed: [GHOST, bob.userId], left: [] }])
  t.same(await move('leave', room), [{ changed: [bob.userId], left: [alice.userId] }])
  t.same(await move('leave', other), [{ changed: [], left: [bob.userId] }])
})

t.test('A message to a device that comes behind many events is sent once they are', async (t) => {
  const service = await listen(t)
  const { api, register, server, clock } = await createTestServer(t, { appservices: [bridge({ url: service.url })] })
  const alice = await register('alice')
  await makeGhost(api)
  await api.put(`${V3}/devices/BRIDGE?${AS_GHOST}`, { token, body: {} })
  const room = await makeRoom(api, alice, { preset: 'public_chat' })
  await api.post(`${V3}/join/${room}?${AS_GHOST}`, { token, body: {} })
  await server.settled()
  service.answer = () => ({ status: 503, body: {} })
  for (let count = 0; count < 120; count += 1) await say(api, room, alice.token, `word ${count}`)
  await api.put(`${V3}/sendToDevice/m.room.encrypted/behind`, {
    token: alice.token, body: { messages: { [GHOST]: { BRIDGE: { body: 'behind' } } } },
  })
  await server.settled()
  service.answer = () => ({ status: 200, body: {} })
  clock.advance(10_000)
  await server.settled()
  t.equal(bodiesOf(service.listOf<ToldEvent>('events')).at(-1), 'word 119')
  t.match(service.listOf('to_device'), [{ to_device_id: 'BRIDGE', content: { body: 'behind' } }])
})

t.test('What was read is told also where it could not be written down at first that it is to be told', async (t) => {
  const service = await listen(t)
  const { api, register, server, clock, connection } = await createTestServer(t, { appservices: [bridge({ url: service.url })] })
  const database = openDatabase(connection, silentLog, 1)
  t.teardown(() => database.close())
  const alice = await register('alice')
  await makeGhost(api)
  const room = await makeRoom(api, alice, { preset: 'public_chat' })
  await api.post(`${V3}/join/${room}?${AS_GHOST}`, { token, body: {} })
  const { event_id: eventId } = (await say(api, room, alice.token, 'read me')).body as { event_id: string }
  await server.settled()
  await sql`alter table appservice_queues rename to away`.execute(database.db)
  await api.post(`${V3}/rooms/${room}/receipt/m.read/${eventId}`, { token: alice.token, body: {} })
  await server.settled()
  await sql`alter table away rename to appservice_queues`.execute(database.db)
  clock.advance(1000)
  await server.settled()
  const receipt = { type: 'm.receipt', room_id: room, content: { [eventId]: { 'm.read': { [alice.userId]: {} } } } }
  t.match(service.listOf('ephemeral'), [receipt])
})

t.test('What is read behind the events of a transaction is told with a later one', async (t) => {
  const { api, register, services, connection } = await createTestServer(t, { appservices: [bridge({ url: undefined })] })
  const database = openDatabase(connection, silentLog, 1)
  t.teardown(() => database.close())
  const alice = await register('alice')
  await makeGhost(api)
  const room = await makeRoom(api, alice, { preset: 'public_chat' })
  await api.post(`${V3}/join/${room}?${AS_GHOST}`, { token, body: {} })
  const [service] = services.appservices.all
  if (service === undefined) throw new Error('There is an application service')
  const parts = { ...services, db: database.db, names: new Names(database.db) }
  const interests = new Interests(parts, service)
  await interests.load()
  const gather = new GatherEphemeral(parts, service, interests)
  const positions: number[] = []
  const read: string[] = []
  for (const words of ['one', 'two']) {
    const { event_id: eventId } = (await say(api, room, alice.token, words)).body as { event_id: string }
    await api.post(`${V3}/rooms/${room}/receipt/m.read/${eventId}`, { token: alice.token, body: {} })
    read.push(eventId)
    const { room_nid: nid, pos } = await database.db.selectFrom('receipts').select(['room_nid', 'pos']).executeTakeFirstOrThrow()
    positions.push(pos)
    t.ok(gather.note({ kind: 'receipt', room: nid, pos }))
  }
  const [first = 0, second = 0] = positions
  const told = async (upTo: number) => (await gather.gather(upTo)).flatMap(({ content }) => Object.keys(content as object))
  t.same(await told(first - 1), [])
  gather.confirm()
  t.same(await told(second), read.slice(1), 'the newest of it')
  t.same(await told(second), read.slice(1), 'again where it is not confirmed')
  gather.confirm()
  t.same(await told(second), [])
})
