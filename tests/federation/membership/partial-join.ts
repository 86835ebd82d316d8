import t from 'tap'
import { authTypesFor } from '../../../src/matrix/auth-events.ts'
import { pduOf } from '../../../src/matrix/event.ts'
import { isJsonObject, LOSSLESS, parseJson, type JsonObject } from '../../../src/matrix/json.ts'
import { stateKeyText } from '../../../src/matrix/room-state.ts'
import { federationPath } from '../../../src/remote/path.ts'
import { createServer } from '../../../src/server.ts'
import { silentLog } from '../../../src/util/log.ts'
import { createMetrics } from '../../../src/util/metrics.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { RemoteRoom } from '../../support/remote-room.ts'
import { untilTrue } from '../../support/until-true.ts'
import { BEN, BOB, join, text, THEIRS } from '../receiving/world.ts'
import { partialWorld as world } from './worlds.ts'

const { peer, server, alice } = world

/** Whether each who joined wanted no members told. */
const omits: (string | null)[] = []

/** A room of the peer that tells no members to who joins. */
function openRoom(version: string): { remote: RemoteRoom, joined: () => string } {
  const remote = RemoteRoom.create(version, BOB)
  for (let at = 0; at < 30; at += 1) remote.say(join(`@guest${at}:${THEIRS}`))
  remote.say(join(BEN))
  let joined = ''
  peer.on('GET', /make_join/, () => {
    const said = { type: 'm.room.member', sender: alice.userId, stateKey: alice.userId, content: { membership: 'join' } }
    const state = remote.stateBefore(remote.ends())
    const event = {
      ...said, state_key: alice.userId, room_id: remote.roomId, prev_events: remote.ends(), depth: 40,
      auth_events: authTypesFor(said, remote.version).flatMap((key) => state.get(stateKeyText(key)) ?? []),
    }
    return { body: { room_version: version, event } }
  })
  peer.on('PUT', /send_join/, ({ body, url }) => {
    const parsed = parseJson(body, LOSSLESS)
    if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error('The join is no JSON')
    const pdu = pduOf(parsed.value, remote.version)
    const before = [...remote.stateBefore(remote.ends())].filter(([key]) => !key.includes(':m.room.member:')).map(([, eventId]) => eventId)
    remote.add(pdu)
    joined = pdu.eventId
    omits.push(new URL(url, 'https://x').searchParams.get('omit_members'))
    return { body: {
      state: remote.jsons(before), auth_chain: remote.jsons(remote.chainOf([...before, joined])), event: pdu.json,
      members_omitted: true, servers_in_room: [THEIRS],
    } }
  })
  return { remote, joined: () => joined }
}

const joinedMembers = async (roomId: string): Promise<string[]> => {
  const { body } = await world.asAlice(`/rooms/${encodeURIComponent(roomId)}/joined_members`)
  return Object.keys((body as { joined?: JsonObject }).joined ?? {})
}

const enter = (roomId: string) => server.api.post(`/_matrix/client/v3/join/${encodeURIComponent(roomId)}?via=${THEIRS}`, {
  token: alice.token, body: {},
})

for (const version of ['10', '12']) {
  t.test(`a room of version ${version} is entered without its members, who come later`, async (t) => {
    const { remote, joined } = openRoom(version)
    peer.on('GET', /v1\/state\//, { status: 500, body: { errcode: 'M_UNKNOWN', error: 'Later.' } })
    const answer = await enter(remote.roomId)
    t.equal(answer.status, 200, answer.text)
    t.equal(omits.at(-1), 'true')
    t.same(await joinedMembers(remote.roomId), [alice.userId], 'the members are not known yet')
    const said = await world.talk.say(alice, remote.roomId, 'hello')
    t.ok(said, 'and yet one speaks')
    const { body } = await world.get(federationPath('v1', 'make_leave', remote.roomId, BEN))
    t.equal(body.errcode, 'M_NOT_FOUND', 'nothing can be told of it')
    for (const kind of ['state', 'state_ids']) {
      const state = await world.get(`${federationPath('v1', kind, remote.roomId)}?event_id=${encodeURIComponent(said)}`)
      t.match(state, { status: 404, body: { errcode: 'M_NOT_FOUND' } }, `nor its ${kind}`)
    }

    const late = remote.say({ ...text(BEN, 'welcome'), prev: [joined()] })
    await world.send({ pdus: remote.jsons([late]) })
    const shown = async () => (await world.asAlice(`/rooms/${encodeURIComponent(remote.roomId)}/event/${encodeURIComponent(late)}`)).status
    t.equal(await shown(), 404, 'who is not known cannot be judged')

    const { state, authChain } = await remote.findState('', '', joined())
    peer.on('GET', /v1\/state\//, { body: { pdus: state, auth_chain: authChain } })
    while ((await joinedMembers(remote.roomId)).length < 33) server.clock.advance(10_000)
    await server.server.settled()
    t.equal(await shown(), 200, 'what waited is there')
    t.notOk(server.services.partialJoins.isPartial(remote.roomId))
    t.same([...server.services.assumedServers.listIn((await server.services.rooms.get(remote.roomId)).nid)], [])
  })
}

t.test('who may come in by way of a room whose members are not known yet is for others to say', async (t) => {
  const { remote, joined } = openRoom('11')
  peer.on('GET', /v1\/state\//, { status: 500, body: { errcode: 'M_UNKNOWN', error: 'Later.' } })
  t.equal((await enter(remote.roomId)).status, 200)
  const allow = [{ type: 'm.room_membership', room_id: remote.roomId }]
  const restricted = await world.talk.create(alice, {
    room_version: '11', initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'restricted', allow } }],
  })
  const make = (userId: string) => world.get(`${federationPath('v1', 'make_join', restricted, userId)}?ver=11`)
  t.match(await make(BEN), { status: 400, body: { errcode: 'M_UNABLE_TO_AUTHORISE_JOIN' } })
  const { state, authChain } = await remote.findState('', '', joined())
  peer.on('GET', /v1\/state\//, { body: { pdus: state, auth_chain: authChain } })
  while (server.services.partialJoins.isPartial(remote.roomId)) {
    server.clock.advance(10_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  t.match(await make(BEN), { status: 200, body: { event: { content: { join_authorised_via_users_server: alice.userId } } } })
  t.match(await make(`@nobody:${THEIRS}`), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
})

t.test('of what a server tells of a room, only what is signed is believed (A3)', async (t) => {
  const { remote } = openRoom('11')
  const forged: string[] = []
  const flip = (pdu: JsonObject): JsonObject => {
    if (pdu['type'] !== 'm.room.topic') return pdu
    forged.push('topic')
    return { ...pdu, signatures: { [THEIRS]: { 'ed25519:test': 'A'.repeat(86) } } }
  }
  remote.say({ sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: 'forged' } })
  peer.on('GET', /v1\/state\//, async ({ url }) => {
    const eventId = new URL(url, 'https://x').searchParams.get('event_id') ?? ''
    const { state, authChain } = await remote.findState('', '', eventId)
    return { body: { pdus: [...state.map(flip), 5, { type: 'x' }], auth_chain: authChain } }
  })
  t.equal((await enter(remote.roomId)).status, 200)
  t.same(forged, ['topic'])
  const room = await server.services.rooms.get(remote.roomId)
  t.ok(room.state('m.room.join_rules'))
  t.equal(room.state('m.room.topic'), undefined)
})

t.test('a room whose members come at once is entered whole', async (t) => {
  const { remote } = openRoom('11')
  peer.on('GET', /v1\/state\//, async ({ url }) => {
    const eventId = new URL(url, 'https://x').searchParams.get('event_id') ?? ''
    const { state, authChain } = await remote.findState('', '', eventId)
    return { body: { pdus: state, auth_chain: authChain } }
  })
  t.equal((await enter(remote.roomId)).status, 200)
  t.notOk(server.services.partialJoins.isPartial(remote.roomId))
  t.equal((await joinedMembers(remote.roomId)).length, 33)
})

t.test('members that take their time are waited for no longer, and asked for once', async (t) => {
  const { remote } = openRoom('11')
  const { promise: later, resolve: tell } = Promise.withResolvers<void>()
  let asked = 0
  peer.on('GET', /v1\/state\//, async ({ url }) => {
    asked += 1
    await later
    const eventId = new URL(url, 'https://x').searchParams.get('event_id') ?? ''
    const { state, authChain } = await remote.findState('', '', eventId)
    return { body: { pdus: state, auth_chain: authChain } }
  })
  const entering = enter(remote.roomId)
  await untilTrue(() => asked === 1)
  server.clock.advance(2_000)
  t.equal((await entering).status, 200)
  t.same(await joinedMembers(remote.roomId), [alice.userId])
  tell()
  await server.server.settled()
  t.equal((await joinedMembers(remote.roomId)).length, 33)
  t.equal(asked, 1)
})

t.test('a room that could not be noted as one to be completed is not waited for', async (t) => {
  const { partialJoins } = server.services
  const roomId = '!not\0noted:peer.hearth.test'
  await t.rejects(partialJoins.note({ roomId, eventId: '$x', servers: [] }))
  t.notOk(partialJoins.isPartial(roomId))
})

/** The same server after it stopped. */
const reopen = () => createServer({
  config: { ...server.services.config, listeners: [] }, connection: server.connection, clock: server.clock, random: systemRandom,
  log: silentLog, version: '0', metrics: createMetrics({ ofProcess: false }), network: world.network,
})

t.test('what a stop interrupts is gone on with: members are fetched, and what was said meanwhile is taken in', async (t) => {
  const { remote, joined } = openRoom('11')
  const { roomId } = remote
  peer.on('GET', /v1\/state\//, { status: 500, body: { errcode: 'M_UNKNOWN', error: 'Later.' } })
  t.equal((await enter(roomId)).status, 200)
  await world.talk.say(alice, roomId, 'hello')
  const renamed = { sender: BEN, type: 'm.room.member', stateKey: BEN, content: { membership: 'join', displayname: 'Ben' } }
  const late = [remote.say({ ...renamed, prev: [joined()] })]
  late.push(remote.say({ ...text(BEN, 'welcome'), prev: late }))
  await world.send({ pdus: remote.jsons(late) })
  const nowhere = '!nowhere:peer.hearth.test'
  const row = { room_id: nowhere, event_id: `$${'x'.repeat(43)}`, servers: JSON.stringify([THEIRS]) }
  await world.db.insertInto('partial_joins').values(row).execute()

  const closing = server.server.close()
  await new Promise((resolve) => setTimeout(resolve, 200))
  server.clock.advance(10_000)
  await closing
  t.equal((await world.db.selectFrom('partial_joins').select('room_id').execute()).length, 2, 'both are still to be done')

  const { state, authChain } = await remote.findState('', '', joined())
  peer.on('GET', /v1\/state\//, { body: { pdus: state, auth_chain: authChain } })
  const again = await reopen()
  const { services } = again
  await services.partialJoins.settled()
  await again.settled()
  t.same(await world.db.selectFrom('partial_joins').select('room_id').execute(), [], 'also of a room that was never entered')
  t.equal(await services.rooms.find(nowhere), undefined)
  const room = await services.rooms.get(roomId)
  t.equal(room.joinedCount(), 33)
  t.equal(room.member(BEN)?.eventId, late[0])
  for (const eventId of late) t.match(await services.events.findById(eventId), { status: 'accepted' })
  t.same(await world.db.selectFrom('inbound_pdus').select('event_id').execute(), [], 'nothing waits')
  const theirs = new Map([...remote.stateAfter(late[1] ?? '')])
  const members = [...room.listMembers()].map((member) => ({ ...member, type: 'm.room.member', stateKey: member.userId }))
  const ours = [...room.listState(), ...members]
  t.same(new Map(ours.map(({ type, stateKey, eventId }) => [stateKeyText({ type, stateKey }), eventId])), theirs)
  await again.close()
})
