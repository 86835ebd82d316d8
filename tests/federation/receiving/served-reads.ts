import t from 'tap'
import { readPdu } from '../../../src/matrix/event.ts'
import { federationPath, withQuery } from '../../../src/remote/path.ts'
import { BEN, BOB, join, PeerWorld, text, THEIRS } from './world.ts'

const world = await PeerWorld.create(t)
const { peer, server } = world

const idsOf = (pdus: readonly object[], version: Parameters<typeof readPdu>[1]) => pdus.map((pdu) => {
  const read = readPdu(pdu as Parameters<typeof readPdu>[0], version)
  return read.ok ? read.pdu.eventId : read.message
})

const eventPath = (eventId: string) => federationPath('v1', 'event', eventId)
const statePath = (kind: string, roomId: string, eventId: string) => withQuery(federationPath('v1', kind, roomId), { event_id: eventId })
const backfillPath = (roomId: string, eventIds: readonly string[], limit: number) => (
  withQuery(federationPath('v1', 'backfill', roomId), { v: eventIds, limit })
)
const timePath = (roomId: string, ts: number, dir: string) => withQuery(federationPath('v1', 'timestamp_to_event', roomId), { ts, dir })

for (const version of ['6', '11', '12']) {
  t.test(`a server that is in a room of version ${version} is told of it`, async (t) => {
    const shared = await world.found(version)
    const { remote, roomId } = shared
    const said: string[] = []
    for (const what of ['one', 'two', 'three', 'four']) said.push(await shared.say(what))
    const latest = remote.say({ ...text(BOB, 'five'), ts: server.clock.now() + 5000 })
    await world.server.services.receiver.receive(await server.services.rooms.get(roomId), remote.jsons([latest]), { origin: THEIRS })
    const [one = '', two = '', three = '', four = ''] = said

    const single = await world.get(eventPath(two))
    t.match(single.body, { origin: 'one.hearth.test', origin_server_ts: Number })
    t.same(single.body['pdus'], remote.jsons([two]), 'getEvent')

    const state = [...remote.stateBefore(remote.prevOf(two)).values()].sort()
    const ids = await world.get(statePath('state_ids', roomId, two))
    t.same(ids.body['pdu_ids'].toSorted(), state, 'getRoomStateIds')
    const { authChain } = await remote.findStateIds('', '', two)
    t.same(ids.body['auth_chain_ids'].toSorted(), authChain.toSorted())
    const whole = await world.get(statePath('state', roomId, two))
    t.same(idsOf(whole.body['pdus'], remote.version).sort(), state, 'getRoomState')
    t.same(idsOf(whole.body['auth_chain'], remote.version).sort(), authChain.toSorted())

    const auth = await world.get(federationPath('v1', 'event_auth', roomId, two))
    const authorising = new Set([...idsOf(await remote.listEventAuth('', '', two), remote.version), remote.listIds()[0]])
    t.same(idsOf(auth.body['auth_chain'], remote.version).sort(), [...authorising].sort(), 'getEventAuth')

    const back = await world.get(backfillPath(roomId, [three], 3))
    t.same(idsOf(back.body['pdus'], remote.version), [three, two, one], 'backfillRoom')
    const all = await world.get(backfillPath(roomId, [four], 1000))
    t.same(idsOf(all.body['pdus'], remote.version), remote.listIds().toReversed().slice(1), 'to the beginning')

    const missing = await peer.ask(server.url, 'one.hearth.test', 'POST', federationPath('v1', 'get_missing_events', roomId), {
      earliest_events: [one], latest_events: [four], limit: 10, min_depth: 0,
    })
    t.same(idsOf(missing.body['events'], remote.version), [two, three], 'getMissingPreviousEvents')
    const few = await peer.ask(server.url, 'one.hearth.test', 'POST', federationPath('v1', 'get_missing_events', roomId), {
      earliest_events: [], latest_events: [four], limit: 2,
    })
    t.same(idsOf(few.body['events'], remote.version), [two, three])

    const { origin_server_ts: ts } = remote.json(latest) as { origin_server_ts: number }
    t.match((await world.get(timePath(roomId, 0, 'f'))).body, { event_id: remote.listIds()[0] }, 'getEventByTimestamp')
    t.match((await world.get(timePath(roomId, ts + 1_000_000, 'b'))).body, { event_id: latest, origin_server_ts: ts })
    t.match(await world.get(timePath(roomId, ts + 100_000_000_000, 'f')), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  })
}

t.test('a server that is not in the room, or that the room excludes, is told nothing', async (t) => {
  const stranger = await world.addPeer(t, 'stranger.hearth.test')
  const shared = await world.found()
  const { roomId } = shared
  const eventId = await shared.say('private')
  const asks = [
    eventPath(eventId), statePath('state', roomId, eventId), statePath('state_ids', roomId, eventId),
    federationPath('v1', 'event_auth', roomId, eventId), backfillPath(roomId, [eventId], 10), timePath(roomId, 0, 'f'),
    statePath('state', '!nowhere:one.hearth.test', eventId),
  ]
  const expected = asks.map(() => ({ status: 403, body: { errcode: 'M_FORBIDDEN' } }))
  const missing = (from: typeof peer) => from.ask(
    server.url, 'one.hearth.test', 'POST', federationPath('v1', 'get_missing_events', roomId),
    { earliest_events: [], latest_events: [eventId] },
  )
  t.match(await Promise.all(asks.map((path) => world.get(path, stranger))), expected)
  t.match(await missing(stranger), { status: 403 })
  await shared.set('m.room.server_acl', { allow: ['*'], deny: ['PEER.*.test'] })
  t.match(await Promise.all(asks.map((path) => world.get(path))), expected)
  t.match(await missing(peer), { status: 403 })
})

t.test('events of another room, and unknown ones, are not told', async (t) => {
  const [here, there] = [await world.found(), await world.found()]
  const eventId = await there.say('there')
  const unknown = '$Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8'
  for (const path of [
    statePath('state', here.roomId, eventId), statePath('state_ids', here.roomId, unknown),
    federationPath('v1', 'event_auth', here.roomId, eventId), eventPath(unknown),
  ]) t.match(await world.get(path), { status: 404, body: { errcode: 'M_NOT_FOUND' } }, path)
  t.same((await world.get(backfillPath(here.roomId, [eventId, unknown], 10))).body['pdus'], [])
})

t.test('what nobody of a server may see is told without its content', async (t) => {
  const shared = await world.found('11', {
    initial_state: [{ type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } }],
  })
  const { remote, roomId } = shared
  const seen = await shared.say('while bob is here')
  const leave = { sender: BOB, type: 'm.room.member', stateKey: BOB, content: { membership: 'leave' } }
  const { receiver, rooms } = server.services
  const receive = async (...ids: string[]) => receiver.receive(await rooms.get(roomId), remote.jsons(ids), { origin: THEIRS })
  await receive(remote.say(leave))
  const hidden = await shared.say('among ourselves')
  await receive(remote.say(join(BEN)))
  const back = await world.get(backfillPath(roomId, remote.ends(), 4))
  t.match(back.body['pdus'].map((pdu: { content: { body?: string } }) => pdu.content.body ?? 'none'), [
    'none', 'none', 'none', 'while bob is here',
  ])
  t.match((await world.get(eventPath(hidden))).body['pdus'], [{ type: 'm.room.message', content: {} }])
  t.match((await world.get(eventPath(seen))).body['pdus'], [{ content: { body: 'while bob is here' } }])
  await shared.set('m.room.history_visibility', { history_visibility: 'shared' })
  const later = await shared.say('for all')
  await receive(remote.say(text(BEN, 'and after')))
  t.match((await world.get(eventPath(later))).body['pdus'], [{ content: { body: 'for all' } }])
})
