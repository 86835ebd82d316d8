import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { federationPath } from '../../../src/remote/path.ts'
import { deviceKeysOf } from '../../support/encryption-world.ts'
import { BOB, text } from '../receiving/world.ts'
import { countRows, EVE, evil, openRoom, settle, world } from './world.ts'

const { alice, server, talk } = world
const asked = (method: string, path: string) => evil.requests.filter((request) => request.method === method && request.url.startsWith(path))

t.test('what is told of a moment is believed of the own users of a server who are there (A8, A36)', async (t) => {
  const shared = await openRoom()
  const { roomId } = shared
  const quiet = await talk.create(alice, { preset: 'private_chat' })
  const eventId = await shared.say('read me')
  const { body: { next_batch: since } } = await world.asAlice('/sync')
  const claims = (userId: string, room = roomId): { edu_type: string, content: JsonObject }[] => [
    { edu_type: 'm.typing', content: { room_id: room, user_id: userId, typing: true } },
    { edu_type: 'm.receipt', content: { [room]: { 'm.read': { [userId]: { event_ids: [eventId], data: { ts: 1 } } } } } },
    { edu_type: 'm.presence', content: { push: [{ user_id: userId, presence: 'online' }] } },
    { edu_type: 'm.direct_to_device', content: {
      sender: userId, type: 'm.x', message_id: `a8${userId}`, messages: { [alice.userId]: { '*': { a: 1 } } },
    } },
    { edu_type: 'm.device_list_update', content: { user_id: userId, device_id: 'X', stream_id: 1, prev_id: [] } },
    { edu_type: 'm.signing_key_update', content: { user_id: userId, master_key: { user_id: userId, usage: ['master'], keys: {} } } },
  ]
  const inRoom = (userId: string, room: string) => claims(userId, room).slice(0, 2)
  const edus = [
    ...[BOB, alice.userId, '@nobody', '@x:elsewhere.example'].flatMap((userId) => claims(userId)),
    ...inRoom(`@stranger:${evil.name}`, roomId), ...inRoom(EVE, quiet), ...inRoom(EVE, '!nowhere:one.hearth.test'),
  ]
  const before = await countRows()
  t.equal((await world.send({ edus }, { from: evil })).status, 200)
  await settle()
  t.same(await countRows(), before)
  const { body } = await world.asAlice(`/sync?since=${since}`)
  t.same([body['rooms'], body['presence'], body['to_device'], body['device_lists']], [undefined, undefined, undefined, undefined])
  t.equal((await world.send({ edus: claims(EVE) }, { from: evil })).status, 200)
  await settle()
  const heard = (await world.asAlice(`/sync?since=${since}`)).body
  t.same(heard['to_device'].events, [{ sender: EVE, type: 'm.x', content: { a: 1 } }], 'of its own users it is')
  t.same(heard['device_lists'].changed, [EVE])
})

t.test('a user whose name nobody can write down keeps nobody else from being told of (A27)', async (t) => {
  await openRoom()
  const push = [`@a\0b:${evil.name}`, EVE].map((userId) => ({ user_id: userId, presence: 'online', status_msg: 'beside' }))
  t.equal((await world.send({ edus: [{ edu_type: 'm.presence', content: { push } }] }, { from: evil })).status, 200)
  await settle()
  t.match((await world.asAlice(`/presence/${EVE}/status`)).body, { presence: 'online', status_msg: 'beside' })
})

t.test('EDUs that are none, or too large, are passed over, and the next event is taken (A27)', async (t) => {
  const shared = await openRoom()
  const messages = (content: unknown) => ({ [alice.userId]: { '*': content } }) as JsonObject
  const toDevice = (id: string, content: unknown, more: JsonObject = {}) => (
    { edu_type: 'm.direct_to_device', content: { sender: EVE, type: 'm.x', message_id: id, messages: messages(content), ...more } }
  )
  const keys = deviceKeysOf({ user: 0, userId: EVE, deviceId: 'EVE' }) as unknown as JsonObject
  const update = (changes: JsonObject) => (
    { edu_type: 'm.device_list_update', content: { user_id: EVE, device_id: 'EVE', stream_id: 1, prev_id: [], keys, ...changes } }
  )
  const edus = [
    toDevice('large', { a: 'x'.repeat(70_000) }), toDevice('none', 5), toDevice('null', null), toDevice('typed', {}, { type: 5 }),
    toDevice('long', {}, { type: 'x'.repeat(300) }), toDevice('nul', {}, { type: 'a\u0000b' }), toDevice('x'.repeat(2_000), {}),
    toDevice('messages', {}, { messages: [] }), update({ keys: null }), update({ device_id: 5 }), update({ stream_id: 'x' }),
    update({ prev_id: 7 }), update({ keys: { user_id: BOB } }), update({ device_id: 'a\u0000b' }), update({ device_id: 'x'.repeat(5_000) }),
    { edu_type: 'm.signing_key_update', content: { user_id: EVE, master_key: 5, self_signing_key: { keys: 7 } } },
    { edu_type: '__proto__', content: {} }, { edu_type: 'm.presence', content: { push: [5, { user_id: EVE, last_active_ago: -1 }] } },
    { edu_type: 'm.receipt', content: { [shared.roomId]: { 'm.read': { [EVE]: { event_ids: [{}], data: 5 } } } } },
  ]
  const eventId = shared.remote.say(text(EVE, 'after all that'))
  const answer = await world.send({ pdus: shared.remote.jsons([eventId]), edus }, { from: evil })
  t.match(answer.body, { pdus: { [eventId]: {} } })
  await settle()
  t.equal((await shared.event(eventId)).status, 200)
  const { status, body } = await world.asAlice('/sync')
  t.equal(status, 200)
  t.notMatch(JSON.stringify(body['to_device'] ?? {}), 'xxxx')
  const said = await talk.say(alice, shared.roomId, 'and we speak')
  await settle()
  t.ok(asked('PUT', '/_matrix/federation/v1/send/').some((request) => request.body.includes('and we speak')), said)
  const large = await server.api.put('/_matrix/client/v3/sendToDevice/m.x/large', {
    token: alice.token, body: { messages: { [EVE]: { '*': { a: 'x'.repeat(5_000_000) } } } },
  })
  t.match(large, { status: 413, body: { errcode: 'M_TOO_LARGE' } })
  await talk.say(alice, shared.roomId, 'and on')
  await settle()
  t.ok(asked('PUT', '/_matrix/federation/v1/send/').some((request) => request.body.includes('and on')))
})

t.test('messages to devices of other servers are passed on to nobody', async (t) => {
  await openRoom()
  const { body: { next_batch: since } } = await world.asAlice('/sync')
  const messages = { [BOB]: { '*': { relayed: true } }, '@x:elsewhere.example': { X: {} }, [alice.userId]: { '*': { b: 2 } } }
  const edu = { edu_type: 'm.direct_to_device', content: { sender: EVE, type: 'm.x', message_id: 'relay', messages } }
  t.equal((await world.send({ edus: [edu] }, { from: evil })).status, 200)
  await settle()
  t.same((await world.asAlice(`/sync?since=${since}`)).body['to_device'].events, [{ sender: EVE, type: 'm.x', content: { b: 2 } }])
  t.same(world.peer.requests.filter(({ body }) => body.includes('relayed')), [])
})

t.test('keys are told of our users alone (A35)', async (t) => {
  const ask = (method: 'GET' | 'POST', path: string, body?: JsonObject) => (
    evil.ask(server.url, 'one.hearth.test', method, federationPath('v1', 'user', ...path.split('/')), body)
  )
  const refused = { status: 400, body: { errcode: 'M_INVALID_PARAM' } }
  await openRoom()
  t.match(await ask('GET', `devices/${BOB}`), refused)
  t.match(await ask('POST', 'keys/query', { device_keys: { [BOB]: [], [alice.userId]: [] } }), refused)
  t.match(await ask('POST', 'keys/claim', { one_time_keys: { [BOB]: { X: 'signed_curve25519' } } }), refused)
  t.equal((await ask('POST', 'keys/query', { device_keys: { [alice.userId]: [] } })).status, 200)
})
