import t from 'tap'
import { eventSignedText } from '../../../src/matrix/hashes.ts'
import { serverNameOf } from '../../../src/matrix/ids.ts'
import { signingKeyFromSeed, signJson, signText, withSignature, type SigningKey } from '../../../src/matrix/signing.ts'
import { insertUnsentEdus } from '../../../src/store/federation/unsent-edus.ts'
import { listJoinedAround } from '../../../src/store/federation/unsent-events.ts'
import { deviceKeysOf } from '../../support/encryption-world.ts'
import { PASSWORD } from '../../support/server.ts'
import { BOB, join, PeerWorld, text, THEIRS } from '../receiving/world.ts'
import { Letterbox } from './transactions.ts'

const world = await PeerWorld.create(t)
const { server, talk, alice, peer } = world
const letters = new Letterbox(peer)
const settled = () => server.services.federationSender.settled()
const path = (roomId: string, rest: string) => `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/${rest}`
const post = (roomId: string, action: string, body: object) => server.api.post(path(roomId, action), { token: alice.token, body })

t.beforeEach(() => letters.clear())

t.test('what our users say goes to the servers in the room, in order and once', async (t) => {
  const shared = await world.found()
  for (const body of ['one', 'two', 'three']) await shared.say(body)
  await settled()
  t.same(letters.said, ['one', 'two', 'three'])
  const [bobs] = await shared.receive(text(BOB, 'from there'))
  t.ok(bobs)
  await shared.say('four')
  await settled()
  t.same(letters.said, ['one', 'two', 'three', 'four'], 'nobody is sent what is theirs')
  t.ok(letters.isCanonical())
  const alone = await talk.create(alice, { preset: 'private_chat' })
  await talk.say(alice, alone, 'to myself')
  await settled()
  t.notOk(letters.said.includes('to myself'))
  const tables = ['unsent_events', 'unsent_edus', 'unanswered_transactions'] as const
  for (const table of tables) t.same(await world.db.selectFrom(table).select('server_name').execute(), [], `nothing is left in ${table}`)
})

t.test('many events go in transactions of 50 at most, one after the other', async (t) => {
  const shared = await world.found()
  const { promise: everythingSaid, resolve: letGo } = Promise.withResolvers<void>()
  let isBusy = false
  letters.answer = async () => {
    t.notOk(isBusy)
    isBusy = true
    await everythingSaid
    await new Promise((resolve) => setImmediate(resolve))
    isBusy = false
    return undefined
  }
  const bodies = Array.from({ length: 120 }, (_, index) => `n${index}`)
  for (const body of bodies) await talk.say(alice, shared.roomId, body)
  letGo()
  await settled()
  letters.answer = undefined
  t.same(letters.said, bodies)
  t.ok(letters.all.every(({ pdus }) => pdus.length <= 50))
  t.ok(letters.all.length < 10, 'what waits is sent together')
  t.equal(new Set(letters.all.map(({ txnId }) => txnId)).size, letters.all.length)
})

t.test('a server learns that its last user was put out, and nothing after that', async (t) => {
  const shared = await world.found()
  await settled()
  letters.clear()
  t.equal((await post(shared.roomId, 'ban', { user_id: BOB })).status, 200)
  await talk.say(alice, shared.roomId, 'among ourselves')
  await settled()
  t.match(letters.all.flatMap(({ pdus }) => pdus), [{ type: 'm.room.member', state_key: BOB, content: { membership: 'ban' } }])
  t.same(letters.said, [])

  const room = await server.services.rooms.get(shared.roomId)
  for (let pos = room.lastPos(); pos > room.lastPos() - 5; pos -= 1) {
    const joined = await listJoinedAround(world.db, room.nid, pos)
    const servers = [...new Set(joined.map((userId) => serverNameOf(userId)))].sort()
    t.same([...room.servers.around(pos) ?? []].sort(), servers, 'the database tells the same')
  }
})

t.test('a server whose user is invited no more learns it', async (t) => {
  const roomId = await talk.create(alice, { preset: 'private_chat' })
  const userId = `@new:${THEIRS}`
  const room = await server.services.rooms.get(roomId)
  peer.on('PUT', /^\/_matrix\/federation\/v2\/invite\//, ({ body }) => {
    const { event } = JSON.parse(body)
    const signature = signText(eventSignedText(event, room.version), peer.key)
    return { body: { event: withSignature(event, THEIRS, { keyId: peer.key.keyId, signature }) } }
  })
  t.equal((await post(roomId, 'invite', { user_id: userId })).status, 200)
  await talk.say(alice, roomId, 'not yet')
  t.equal((await post(roomId, 'kick', { user_id: userId })).status, 200)
  await settled()
  t.same(letters.said, [])
  t.match(letters.all.flatMap(({ pdus }) => pdus), [{ type: 'm.room.member', state_key: userId, content: { membership: 'leave' } }])
})

t.test('a server that is only said to be in a room is sent what is said there', async (t) => {
  const { assumedServers, rooms } = server.services
  const { nid, roomId } = await rooms.get(await talk.create(alice, { preset: 'private_chat' }))
  await assumedServers.set(nid, [THEIRS])
  await talk.say(alice, roomId, 'perhaps')
  await settled()
  await assumedServers.drop(nid)
  await talk.say(alice, roomId, 'not any more')
  await settled()
  t.same(letters.said, ['perhaps'])
})

t.test('a server that the room excludes hears of it, and is in the room all the same', async (t) => {
  const shared = await world.found()
  await talk.set(alice, shared.roomId, 'm.room.server_acl', { allow: ['*'], deny: [THEIRS] })
  await talk.say(alice, shared.roomId, 'who are left')
  await settled()
  t.match(letters.all.flatMap(({ pdus }) => pdus)[0], { type: 'm.room.server_acl', content: { deny: [THEIRS] } })
  t.same(letters.said, ['who are left'])
})

t.test('who types, reads and is there is told to the servers in the room', async (t) => {
  const { roomId } = await world.found()
  const eventId = await talk.say(alice, roomId, 'read this')
  const typing = (body: object) => server.api.put(path(roomId, `typing/${encodeURIComponent(alice.userId)}`), { token: alice.token, body })
  t.equal((await typing({ typing: true, timeout: 30_000 })).status, 200)
  await settled()
  t.same(letters.edus('m.typing'), [{ room_id: roomId, user_id: alice.userId, typing: true }])
  t.equal((await typing({ typing: false })).status, 200)
  await settled()
  t.same(letters.edus('m.typing').at(-1), { room_id: roomId, user_id: alice.userId, typing: false })

  t.equal((await post(roomId, `receipt/m.read.private/${encodeURIComponent(eventId)}`, {})).status, 200)
  await settled()
  t.same(letters.edus('m.receipt'), [], 'a private receipt is nobody\'s business')
  t.equal((await post(roomId, `receipt/m.read/${encodeURIComponent(eventId)}`, {})).status, 200)
  await settled()
  t.match(letters.edus('m.receipt'), [{ [roomId]: { 'm.read': { [alice.userId]: { event_ids: [eventId], data: { ts: Number } } } } }])

  const status = { presence: 'online', status_msg: 'here' }
  const presence = `/_matrix/client/v3/presence/${encodeURIComponent(alice.userId)}/status`
  t.equal((await server.api.put(presence, { token: alice.token, body: status })).status, 200)
  await settled()
  t.match(letters.edus('m.presence').at(-1), { push: [{ user_id: alice.userId, ...status, last_active_ago: Number }] })
})

t.test('who comes into a room is told who is there, and hears it again before it is forgotten', async (t) => {
  const other = await world.addPeer(t, 'late.hearth.test')
  const late = new Letterbox(other)
  const shared = await world.found()
  const sync = () => server.api.get('/_matrix/client/v3/sync?timeout=0', { token: alice.token })
  await sync()
  await settled()
  t.same(late.edus('m.presence'), [])
  letters.clear()
  const dora = '@dora:late.hearth.test'
  await world.send({ pdus: shared.remote.jsons([shared.remote.say(join(dora))]) }, { from: other })
  await server.server.settled()
  t.match(late.edus('m.presence'), [{ push: [{ user_id: alice.userId, presence: 'online' }] }])
  t.same(letters.edus('m.presence'), [], 'others know it')
  late.clear()
  for (let minutes = 0; minutes < 26; minutes += 1) {
    server.clock.advance(60_000)
    await sync()
  }
  await settled()
  t.match(late.edus('m.presence').at(-1), { push: [{ user_id: alice.userId, presence: 'online' }] })
})

t.test('a server that meets a user of ours for the first time is told where the list of devices stands', async (t) => {
  const eve = await server.register('eve')
  const enter = async () => {
    const { roomId } = await world.found()
    t.equal((await post(roomId, 'invite', { user_id: eve.userId })).status, 200)
    t.equal((await server.api.post(path(roomId, 'join'), { token: eve.token, body: {} })).status, 200)
    await server.server.settled()
    return letters.edus('m.device_list_update').filter(({ user_id: userId }) => userId === eve.userId)
  }
  const told = await enter()
  t.match(told, [{ device_id: eve.deviceId, stream_id: Number }])
  t.notOk(told[0]?.['deleted'], 'a device without keys is there')
  t.same(told[0]?.['prev_id'], [told[0]?.['stream_id']], 'who knows another list asks for the whole')
  const name = `/_matrix/client/v3/profile/${encodeURIComponent(eve.userId)}/displayname`
  t.equal((await server.api.put(name, { token: eve.token, body: { displayname: 'Eve' } })).status, 200)
  t.equal((await enter()).length, 1, 'and then it knows')
})

t.test('keys that sign others are told with all devices, one after the other, and a device with the signature on it', async (t) => {
  const fay = await server.register('fay')
  const identifier = { type: 'm.id.user', user: fay.userId }
  const login = { type: 'm.login.password', identifier, password: PASSWORD }
  const { body: opened } = await server.api.post('/_matrix/client/v3/login', { body: login })
  const other = { token: String(opened['access_token']), deviceId: String(opened['device_id']) }
  const { roomId } = await world.found()
  t.equal((await post(roomId, 'invite', { user_id: fay.userId })).status, 200)
  t.equal((await server.api.post(path(roomId, 'join'), { token: fay.token, body: {} })).status, 200)
  const upload = (what: string, token: string, body: object) => server.api.post(`/_matrix/client/v3/keys/${what}`, { token, body })
  for (const { token, deviceId } of [fay, other]) {
    const keys = deviceKeysOf({ user: 0, userId: fay.userId, deviceId })
    t.equal((await upload('upload', token, { device_keys: keys })).status, 200)
  }
  const [master, selfSigning] = ['m', 's'].map((letter) => {
    const key = signingKeyFromSeed('x', Buffer.alloc(32, letter))
    return { ...key, keyId: `ed25519:${key.publicKey}` }
  }) as [SigningKey, SigningKey]
  const object = (key: SigningKey, usage: string) => ({ user_id: fay.userId, usage: [usage], keys: { [key.keyId]: key.publicKey } })
  const keys = {
    master_key: object(master, 'master'), self_signing_key: signJson(object(selfSigning, 'self_signing'), fay.userId, master),
  }
  await server.server.settled()
  letters.clear()
  t.equal((await upload('device_signing/upload', fay.token, keys)).status, 200)
  const device = signJson(deviceKeysOf({ user: 0, userId: fay.userId, deviceId: fay.deviceId }), fay.userId, selfSigning)
  t.same((await upload('signatures/upload', fay.token, { [fay.userId]: { [fay.deviceId]: device } })).body, { failures: {} })
  await server.server.settled()
  t.match(letters.edus('m.signing_key_update').at(-1), { user_id: fay.userId, ...keys })
  const told = letters.edus('m.device_list_update')
  t.same(told.map(({ device_id: deviceId }) => deviceId).sort(), [fay, other, fay, other].map(({ deviceId }) => deviceId).sort())
  let previous: unknown = (told[0]?.['prev_id'] as unknown[])[0]
  t.type(previous, 'number', 'a change is known before it')
  for (const { stream_id: streamId, prev_id: after } of told) {
    t.same(after, [previous])
    previous = streamId
  }
  const signed = told.findLast(({ device_id: deviceId }) => deviceId === fay.deviceId)
  t.match(signed, { keys: { signatures: { [fay.userId]: { [selfSigning.keyId]: String } } } })
})

t.test('what must not be lost is sent in order', async (t) => {
  const { db } = world
  const edu = (n: number) => JSON.stringify({ edu_type: 'm.direct_to_device', content: { message_id: `m${n}` } })
  const edus = Array.from({ length: 250 }, (_, index) => ({ server: THEIRS, pos: index + 1, edu: edu(index) }))
  await db.transaction().execute((trx) => insertUnsentEdus(trx, edus))
  await server.services.federationSender.start()
  await settled()
  t.same(letters.edus('m.direct_to_device').map(({ message_id: id }) => id), edus.map((_, index) => `m${index}`))
  t.ok(letters.all.every(({ edus: each }) => each.length <= 100))
  t.same(await db.selectFrom('unsent_edus').select('pos').execute(), [])
})
