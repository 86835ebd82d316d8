import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { federationPath, withQuery } from '../../../src/remote/path.ts'
import { keyOf } from '../../support/remote-room.ts'
import { BOB, join, OURS, text, type PeerRoom } from '../receiving/world.ts'
import { countRows, EVE, evil, isUnseen, madeBy, openRoom, settle, world } from './world.ts'
import { eventIdOf } from '../../../src/matrix/hashes.ts'

const { alice, server, talk } = world
const V11 = { ver: ['11'] }
const FORBIDDEN = { status: 403, body: { errcode: 'M_FORBIDDEN' } }

interface Ask { readonly method: string, readonly path: string, readonly body?: JsonObject }

/** Everything that another server may ask of a room. */
function asksOf(shared: PeerRoom, eventId: string, { name, userId }: { readonly name: string, readonly userId: string }): Ask[] {
  const { roomId, remote } = shared
  const get = (kind: string, rest: readonly string[], query: Parameters<typeof withQuery>[1] = {}) => (
    { method: 'GET', path: withQuery(federationPath('v1', kind, roomId, ...rest), query) }
  )
  const template = remote.json(remote.say({ ...join(userId), prev: remote.ends() }))
  const member = (membership: string, stateKey = userId) => (
    madeBy(name, shared, template, { sender: userId, state_key: stateKey, content: { membership } })
  )
  const put = (version: 'v1' | 'v2', kind: string, json: JsonObject, body = json) => (
    { method: 'PUT', path: federationPath(version, kind, roomId, eventIdOf(json, remote.version) ?? ''), body }
  )
  const invite = member('invite', alice.userId)
  return [
    get('make_join', [userId], V11), get('make_leave', [userId]), get('make_knock', [userId], V11),
    put('v2', 'send_join', member('join')), put('v2', 'send_leave', member('leave')), put('v1', 'send_knock', member('knock')),
    put('v2', 'invite', invite, { room_version: '11', event: invite, invite_room_state: [] }),
    get('state', [], { event_id: eventId }), get('state_ids', [], { event_id: eventId }), get('event_auth', [eventId]),
    get('backfill', [], { v: [eventId], limit: 5 }), get('timestamp_to_event', [], { ts: 0, dir: 'f' }),
    { method: 'GET', path: federationPath('v1', 'event', eventId) },
    { method: 'POST', path: federationPath('v1', 'get_missing_events', roomId), body: { earliest_events: [], latest_events: [eventId] } },
    {
      method: 'PUT', path: federationPath('v1', 'exchange_third_party_invite', roomId),
      body: {
        type: 'm.room.member', room_id: roomId, sender: alice.userId, state_key: userId,
        content: { membership: 'invite', third_party_invite: { display_name: 'x', signed: { mxid: userId, token: 'x', signatures: {} } } },
      },
    },
  ]
}

/** Has a key as if it had published it: there are no certificates for addresses in these tests. */
async function publish(name: string): Promise<void> {
  const key = keyOf(name)
  const [like] = await world.db.selectFrom('server_keys').selectAll().limit(1).execute()
  if (like === undefined) throw new Error('Somebody has asked already')
  await world.db.insertInto('server_keys').values({
    ...like, server_name: name, key_id: key.keyId, public_key: key.publicKey, valid_until_ts: Number.MAX_SAFE_INTEGER,
  } as never).execute()
}

t.test('a server that a room excludes is refused everything, however it writes its name (A66)', async (t) => {
  const shared = await openRoom()
  const eventId = await shared.say('for members')
  await shared.set('m.room.server_acl', { allow: ['*'], deny: ['EVIL.hearth.*'], allow_ip_literals: false })
  const before = await countRows()
  const asks = asksOf(shared, eventId, { name: evil.name, userId: EVE })
  t.equal(asks.length, 15)
  for (const { method, path, body } of asks) t.match(await evil.ask(server.url, OURS, method, path, body), FORBIDDEN, `${method} ${path}`)
  for (const name of ['EVIL.hearth.test', 'evil.hearth.test:8448', '1.2.3.4', '[::1]', '[::1]:8448']) {
    await publish(name)
    const other = Object.assign(Object.create(evil), { name, key: keyOf(name) }) as typeof evil
    for (const { method, path, body } of asksOf(shared, eventId, { name, userId: `@eve:${name}` })) {
      t.match(await other.ask(server.url, OURS, method, path, body), FORBIDDEN, `${name}: ${method} ${path}`)
    }
  }
  const said = shared.remote.json(shared.remote.say(text(EVE, 'excluded')))
  const answer = await world.send({
    pdus: [said],
    edus: [
      { edu_type: 'm.typing', content: { room_id: shared.roomId, user_id: EVE, typing: true } },
      { edu_type: 'm.receipt', content: { [shared.roomId]: { 'm.read': { [EVE]: { event_ids: [eventId], data: { ts: 1 } } } } } },
    ],
  }, { from: evil })
  t.match(Object.values(answer.body['pdus']), [{ error: String }])
  await settle()
  t.same(await countRows(), before)
  t.ok(await isUnseen(shared, said))
  const room = await server.services.rooms.get(shared.roomId)
  t.same(server.services.typing.typingIn(room.nid), [])
})

t.test('a server that is not in a room is told nothing of what is said in it (A33)', async (t) => {
  const shared = await world.found()
  const eventId = await shared.say('for members')
  const reading = asksOf(shared, eventId, { name: evil.name, userId: EVE }).slice(7, 14)
  t.equal(reading.length, 7)
  for (const { method, path, body } of reading) t.match(await evil.ask(server.url, OURS, method, path, body), FORBIDDEN, path)
})

t.test('who is in a room alone reads it (A32)', async (t) => {
  const bert = await server.register('bert')
  const roomId = await talk.create(alice, { preset: 'private_chat', name: 'Private' })
  const eventId = await talk.say(alice, roomId, 'among ourselves')
  await talk.say(alice, roomId, { 'm.relates_to': { rel_type: 'm.reference', event_id: eventId } })
  const { body: { next_batch: now } } = await world.asAlice('/sync')
  const [room, event] = [encodeURIComponent(roomId), encodeURIComponent(eventId)]
  const paths = [
    ...['state', 'members', `members?at=${now}`, 'joined_members', 'messages?dir=b', `messages?dir=b&from=${now}`, 'state/m.room.name/',
      `event/${event}`, `context/${event}`, 'aliases', 'initialSync'].map((path) => `v3/rooms/${room}/${path}`),
    ...[`relations/${event}`, `relations/${event}/m.reference`, 'threads', 'hierarchy', 'timestamp_to_event?ts=0&dir=f']
      .map((path) => `v1/rooms/${room}/${path}`),
    `v1/room_summary/${room}`,
  ]
  for (const path of paths) {
    const { status, text: told } = await server.api.get(`/_matrix/client/${path}`, { token: bert.token })
    t.ok(status === 403 || status === 404, `${path}: ${status}`)
    t.notMatch(told, /Private|among/)
  }
  const receipt = await server.api.post(`/_matrix/client/v3/rooms/${room}/receipt/m.read/${event}`, { token: bert.token, body: {} })
  t.match(receipt, FORBIDDEN)
  t.equal((await server.services.rooms.get(roomId)).membershipOf(BOB), 'leave')
})
