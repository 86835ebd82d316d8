import t from 'tap'
import { buildEvent, type EventFields } from '../../../src/matrix/build-event.ts'
import { eventIdOf } from '../../../src/matrix/hashes.ts'
import { isJsonObject, type JsonObject } from '../../../src/matrix/json.ts'
import { findRoomVersion } from '../../../src/matrix/room-versions.ts'
import { listSignatures, signJson } from '../../../src/matrix/signing.ts'
import { federationPath, withQuery } from '../../../src/remote/path.ts'
import type { ScriptedPeer } from '../../support/peers.ts'
import { firstRoom, people, peers, towns } from './worlds.ts'

const { one, two, world } = towns
const { alice, bob } = people
const [evil, stranger] = [peers.evil, peers.stranger]
const EVE = `@eve:${evil.name}`
const VERSION = '11'
const version = findRoomVersion(VERSION)
if (version === undefined) throw new Error('There is version 11')
const NAME = { type: 'm.room.name', state_key: '', sender: EVE, content: { name: 'Trap' } }
const ELSEWHERE = `!den:${evil.name}`
const roomId = firstRoom

interface Told extends Partial<EventFields> { readonly key?: ScriptedPeer }

/** An event of the evil server as it should be, with changes. */
const say = ({ key = evil, ...changes }: Told): { json: JsonObject, eventId: string } => {
  const fields: EventFields = {
    type: 'm.room.member', sender: EVE, stateKey: EVE, roomId, content: { membership: 'join' },
    prevEvents: ['$prev'], authEvents: ['$auth'], depth: 5, originServerTs: world.clock.now(), ...changes,
  }
  const built = buildEvent({ version, fields, serverName: key.name, key: key.key })
  if (!built.ok) throw new Error(built.message)
  return { json: built.pdu.json, eventId: built.pdu.eventId }
}

const ask = (method: string, path: string, body?: JsonObject, peer = evil) => peer.ask(one.server.url, one.name, method, path, body)

/** Whether somewhere in what was answered stands a signature of ours. */
const holdsOurSignature = (answer: unknown): boolean => JSON.stringify(answer).includes(one.server.services.signingKey.keyId)

t.test('sendInviteV2 signs nothing but invites of our users by the server that asks (A1)', async (t) => {
  const invite = (told: Told, path: { room?: string, event?: string } = {}, more: JsonObject = {}) => {
    const { json, eventId } = say({ roomId: ELSEWHERE, stateKey: alice.userId, content: { membership: 'invite' }, ...told })
    return ask('PUT', federationPath('v2', 'invite', path.room ?? ELSEWHERE, path.event ?? eventId), {
      room_version: VERSION, event: json, invite_room_state: [], ...more,
    })
  }
  const refused: [string, ReturnType<typeof invite>, number][] = [
    ['a leave', invite({ content: { membership: 'leave' } }), 400],
    ['a ban', invite({ content: { membership: 'ban' } }), 400],
    ['a join', invite({ content: { membership: 'join' } }), 400],
    ['no membership', invite({ type: 'm.room.server_acl', content: { membership: 'invite' } }), 400],
    ['sent by our user', invite({ sender: alice.userId }), 403],
    ['sent by a user of a third server', invite({ sender: bob.userId }), 403],
    ['of a user of another server', invite({ stateKey: bob.userId }), 400],
    ['of nobody whom we know', invite({ stateKey: `@nobody:${one.name}` }), 404],
    ['of another room than the path', invite({}, { room: '!other:evil.hearth.test' }), 400],
    ['of another id than the path', invite({}, { event: '$other' }), 400],
    ['with a version that is unknown', invite({}, {}, { room_version: 'x' }), 400],
    ['with too much to show', invite({}, {}, { invite_room_state: [{ ...NAME, content: { name: 'x'.repeat(70_000) } }] }), 413],
  ]
  for (const [name, answer, status] of refused) {
    t.equal((await answer).status, status, name)
    t.notOk(holdsOurSignature((await answer).body), `${name}: no signature of ours`)
  }
  const { json, eventId } = say({ roomId: ELSEWHERE, stateKey: alice.userId, content: { membership: 'invite' } })
  const forged = [
    signJson({ ...json, signatures: {} }, evil.name, stranger.key),
    { ...json, content: { membership: 'invite', reason: 'added' } }, { ...json, content: 5 },
  ]
  for (const event of forged) {
    const answer = await ask('PUT', federationPath('v2', 'invite', ELSEWHERE, eventId), { room_version: VERSION, event })
    t.ok(answer.status === 400 || answer.status === 403, answer.text)
    t.notOk(holdsOurSignature(answer.body))
  }
  t.same((await one.sync(alice)).invite, undefined)

  t.equal((await invite({}, {}, { invite_room_state: [NAME, 7] })).status, 400, 'what is no object is refused by the schema')
  const accepted = await invite({}, {}, { invite_room_state: [{ ...NAME, more: 1 }, { type: 1 }] })
  t.equal(accepted.status, 200, accepted.text)
  t.equal(listSignatures(accepted.body['event'], one.name).length, 1)
  const { invite_state: shown } = (await one.sync(alice)).invite[ELSEWHERE]
  t.same(shown.events[0], NAME)
  t.equal(shown.events.length, 2)
})

t.test('sendInviteV1 takes invites into rooms of the first versions', async (t) => {
  const event = signJson({
    type: 'm.room.member', sender: EVE, state_key: alice.userId, room_id: '!old:evil.hearth.test', event_id: '$old:evil.hearth.test',
    content: { membership: 'leave' }, prev_events: [], auth_events: [], depth: 1, origin_server_ts: 1, hashes: { sha256: 'x' },
  }, evil.name, evil.key)
  const answer = await ask('PUT', federationPath('v1', 'invite', '!old:evil.hearth.test', '$old:evil.hearth.test'), event)
  t.equal(answer.status, 400)
  t.notOk(holdsOurSignature(answer.body))
})

t.test('makeLeave of another server makes us sign a leave, and nothing else (A2)', async (t) => {
  const leavePath = federationPath('v1', 'make_leave', ELSEWHERE, alice.userId)
  const template = {
    type: 'm.room.member', room_id: ELSEWHERE, sender: alice.userId, state_key: alice.userId, content: { membership: 'leave' },
    prev_events: ['$a'], auth_events: ['$b'], depth: 7, origin: evil.name, origin_server_ts: 1,
  }
  const invite = async () => {
    const { json, eventId } = say({ roomId: ELSEWHERE, stateKey: alice.userId, content: { membership: 'invite' } })
    await ask('PUT', federationPath('v2', 'invite', ELSEWHERE, eventId), { room_version: VERSION, event: json })
  }
  const sentTo = () => evil.requests.filter(({ method }) => method === 'PUT')
  const lies: JsonObject[] = [
    { type: 'm.room.message' }, { type: 'm.room.server_acl', state_key: '' }, { room_id: roomId }, { sender: EVE }, { state_key: EVE },
    { content: { membership: 'join' } }, { prev_events: 'x' }, { auth_events: [5] }, { depth: -1 },
  ]
  for (const lie of lies) {
    await invite()
    evil.on('GET', leavePath, { body: { room_version: VERSION, event: { ...template, ...lie } } })
    const before = sentTo().length
    t.equal((await one.room(alice, ELSEWHERE, 'leave')).status, 200, JSON.stringify(lie))
    t.equal(sentTo().length, before, 'nothing was signed')
    t.ok((await one.sync(alice)).leave[ELSEWHERE])
  }
  await invite()
  const more = { content: { membership: 'leave', secret: 1 }, 'x.y': 2 }
  evil.on('GET', leavePath, { body: { room_version: VERSION, event: { ...template, ...more } } })
  evil.on('PUT', /send_leave/, { body: {} })
  t.equal((await one.room(alice, ELSEWHERE, 'leave', { reason: 'no' })).status, 200)
  const sent = JSON.parse(sentTo().at(-1)?.body ?? '{}')
  t.same(sent.content, { membership: 'leave', reason: 'no' }, 'what is in it is ours')
  t.notOk('x.y' in sent)
})

t.test('makeJoin of another server makes us sign a join of who wants to join, and nothing else (A2)', async (t) => {
  const there = `!trap:${evil.name}`
  const template = {
    type: 'm.room.member', room_id: there, sender: alice.userId, state_key: alice.userId, content: { membership: 'join' },
    prev_events: ['$a'], auth_events: ['$b'], depth: 7, origin: evil.name, origin_server_ts: 1,
  }
  const vouching = (userId: string): JsonObject => ({ content: { membership: 'join', join_authorised_via_users_server: userId } })
  const lies: JsonObject[] = [
    { type: 'm.room.power_levels' }, { state_key: EVE }, { sender: bob.userId }, { room_id: roomId }, { content: { membership: 'leave' } },
    { content: 5 }, { prev_events: [['$a', {}]] }, { depth: 1.5 }, vouching(alice.userId), vouching('nobody'),
  ]
  const sent = () => evil.requests.filter(({ url }) => url.includes('send_join')).length
  for (const lie of lies) {
    evil.on('GET', /make_join/, { body: { room_version: VERSION, event: { ...template, ...lie } } })
    t.match(await one.join(alice, there, evil.name), { status: 502, body: { errcode: 'M_UNKNOWN' } }, JSON.stringify(lie))
  }
  evil.on('GET', /make_join/, { body: { room_version: 'x', event: template } })
  t.match(await one.join(alice, there, evil.name), { status: 400, body: { errcode: 'M_UNSUPPORTED_ROOM_VERSION' } })
  for (const lie of [{}, { prev_events: [['$a']] }, { prev_events: [['$a', 5]] }, { prev_events: [[{}, {}]] }]) {
    evil.on('GET', /make_join/, { body: { event: { ...template, auth_events: [['$b', {}]], ...lie } } })
    t.match(await one.join(alice, there, evil.name), { status: 502, body: { errcode: 'M_UNKNOWN' } }, 'no template of version 1')
  }
  t.equal(sent(), 0, 'nothing was signed')
  evil.on('GET', /make_join/, { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'No.' } })
  t.match(await one.join(alice, there, evil.name), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  evil.on('GET', /make_join/, { status: 500, body: { errcode: 'M_UNKNOWN', error: 'Oh.' } })
  t.match(await one.join(alice, there, evil.name), { status: 502 })
  evil.on('GET', /make_join/, { body: { room_version: VERSION, event: template } })
  for (const body of [{}, { state: [], auth_chain: [] }, { state: [{ type: 'm.room.create' }], auth_chain: 'x', event: 5 }]) {
    evil.on('PUT', /send_join/, { body })
    t.match(await one.join(alice, there, evil.name), { body: { errcode: 'M_UNKNOWN' } }, 'an answer that cannot be used')
  }
  t.equal(await one.server.services.rooms.find(there), undefined, 'and there is no room')
})

t.test('sendJoinV2, sendLeaveV2 and sendKnock take only what is right (A3, A4, A12)', async (t) => {
  const make = (room: string, userId: string, ver: readonly string[] = [VERSION]) => (
    ask('GET', withQuery(federationPath('v1', 'make_join', room, userId), { ver }))
  )
  t.match(await make(roomId, alice.userId), { status: 403 }, 'makeJoin')
  t.match(await make(roomId, bob.userId), { status: 403 })
  t.match(await make(roomId, EVE, ['1', '6']), { status: 400, body: { errcode: 'M_INCOMPATIBLE_ROOM_VERSION', room_version: VERSION } })
  t.match(await make('!x:one.hearth.test', EVE), { status: 404 })
  t.match(await ask('GET', federationPath('v1', 'make_leave', roomId, alice.userId)), { status: 403 }, 'makeLeave')
  t.match(await ask('GET', withQuery(federationPath('v1', 'make_knock', roomId, EVE), { ver: [VERSION] })), { status: 403 }, 'makeKnock')
  const template = (await make(roomId, EVE)).body['event']
  const join = (told: Told = {}) => say({
    prevEvents: template.prev_events, authEvents: template.auth_events, depth: template.depth, ...told,
  })
  const send = ({ json, eventId }: ReturnType<typeof say>, kind = 'send_join', room = roomId) => (
    ask('PUT', federationPath(kind === 'send_knock' ? 'v1' : 'v2', kind, room, eventId), json)
  )
  t.match(await send(join({ sender: bob.userId, stateKey: bob.userId })), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await send(join({ sender: alice.userId, stateKey: alice.userId })), { status: 403 })
  t.match(await send(join({ stateKey: bob.userId })), { status: 400 })
  for (const kind of ['send_join', 'send_leave', 'send_knock']) {
    t.match(await send(join(), kind, '!other:one.hearth.test'), { status: 404 }, kind)
    const other = await one.talk.create(alice)
    const membership = kind.slice('send_'.length)
    t.match(await send(join({ content: { membership } }), kind, other), { status: 400, body: { errcode: 'M_INVALID_PARAM' } }, kind)
    t.match(await send(join({ content: { membership: 'ban' } }), kind), { status: 400 }, kind)
    const misnamed = federationPath(kind === 'send_knock' ? 'v1' : 'v2', kind, roomId, '$other')
    t.match(await ask('PUT', misnamed, join({ content: { membership } }).json), { status: 400 }, kind)
  }
  t.match(await send(join({ content: { membership: 'leave' } }), 'send_leave'), { status: 403 })
  const { json } = join()
  const unsigned = { ...json, signatures: { [evil.name]: { 'ed25519:peer': 'AAAA' } } }
  t.match(await ask('PUT', federationPath('v2', 'send_join', roomId, eventIdOf(json, version) ?? ''), unsigned), { status: 403 })
  const vouched = join({ content: { membership: 'join', join_authorised_via_users_server: alice.userId } })
  t.match(await send(vouched), { status: 403 }, 'a room that is not restricted needs no word of ours (A65)')
  t.same(await one.members(roomId), { [alice.userId]: 'join' })

  const joined = await send(join())
  t.equal(joined.status, 200, joined.text)
  t.ok(joined.body['state'].length > 4)
  t.same(await one.members(roomId), { [alice.userId]: 'join', [EVE]: 'join' })
  const small = await ask('PUT', withQuery(federationPath('v2', 'send_join', roomId, join().eventId), { omit_members: true }), join().json)
  t.match(small.body, { members_omitted: true })
  t.same(small.body['servers_in_room'], [one.name], 'as it was before the join')
  const members = small.body['state'].filter((event: JsonObject) => event['type'] === 'm.room.member')
  t.match(members, [{ state_key: alice.userId }], 'by whom a room without a name is called')
  t.same(small.body['auth_chain'], [], 'nothing twice')
  t.ok(isJsonObject(small.body['event']))
})

t.test('a server that the room excludes is told nothing (A66)', async (t) => {
  const shut = await one.talk.create(alice, { preset: 'public_chat', room_version: VERSION })
  await one.talk.set(alice, shut, 'm.room.server_acl', { allow: ['*'], deny: [evil.name] })
  for (const path of [
    withQuery(federationPath('v1', 'make_join', shut, EVE), { ver: [VERSION] }), federationPath('v1', 'make_leave', shut, EVE),
    withQuery(federationPath('v1', 'make_knock', shut, EVE), { ver: [VERSION] }),
  ]) t.match(await ask('GET', path), { status: 403, body: { errcode: 'M_FORBIDDEN' } }, path)
  for (const kind of ['join', 'leave', 'knock']) {
    const { json, eventId } = say({ roomId: shut, content: { membership: kind } })
    const path = federationPath(kind === 'knock' ? 'v1' : 'v2', `send_${kind}`, shut, eventId)
    t.match(await ask('PUT', path, json), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  }
  t.match(await two.join(bob, shut, one.name), { status: 200 })
})
