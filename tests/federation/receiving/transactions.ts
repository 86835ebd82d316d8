import t from 'tap'
import type { JsonObject, JsonValue } from '../../../src/matrix/json.ts'
import { stageTransaction } from '../../../src/store/federation/inbound.ts'
import { inTime } from '../../support/in-time.ts'
import { BOB, OURS, PeerWorld, resign, text, THEIRS } from './world.ts'

const world = await PeerWorld.create(t)
const { server, peer, db } = world

const waiting = async () => (await db.selectFrom('inbound_pdus').select('event_id').execute()).map((row) => row.event_id)
const failures = () => db.selectFrom('inbound_failures').select(['origin', 'name']).execute()

t.test('sendTransaction takes events into their rooms, once', async (t) => {
  const [first, second] = [await world.found(), await world.found('12')]
  const ids = [...['one', 'two', 'three'].map((body) => first.remote.say(text(BOB, body)))]
  const elsewhere = second.remote.say(text(BOB, 'elsewhere'))
  const pdus = [...first.remote.jsons(ids), ...second.remote.jsons([elsewhere])]
  const answers = await Promise.all([1, 2, 3].map(() => world.send({ pdus }, { txnId: 'once' })))
  const expected = Object.fromEntries([...ids, elsewhere].map((eventId) => [eventId, {}]))
  for (const answer of answers) t.match({ status: answer.status, body: answer.body }, { status: 200, body: { pdus: expected } })
  await server.server.settled()
  t.same((await first.shown()).slice(0, 3), ids.toReversed())
  t.same((await second.shown()).slice(0, 1), [elsewhere])
  t.same(await waiting(), [])
  const other = first.remote.say(text(BOB, 'under a used id'))
  const again = await world.send({ pdus: first.remote.jsons([other]) }, { txnId: 'once' })
  t.equal(again.text, answers[0]?.text, 'the same answer')
  await server.server.settled()
  t.notOk((await first.shown()).includes(other), 'and nothing else happens')
  const stranger = await world.addPeer(t, 'other.hearth.test')
  t.match((await world.send({ pdus: first.remote.jsons([other]) }, { txnId: 'once', from: stranger })).body, { pdus: { [other]: {} } },
    'the ids of one server are nothing to another')
})

t.test('a transaction has 50 PDUs and 100 EDUs at most', async (t) => {
  const edu = { edu_type: 'm.unheard_of', content: {} }
  t.match(await world.send({ pdus: Array.from({ length: 51 }, () => ({})) }), { status: 400 })
  t.match(await world.send({ edus: Array.from({ length: 101 }, () => edu) }), { status: 400 })
  t.match(await world.send({ pdus: Array.from({ length: 50 }, () => ({})), edus: Array.from({ length: 100 }, () => edu) }), {
    status: 200, body: { pdus: {} },
  })
})

t.test('what is no event, or of a room that nobody here is in, does not stop the others', async (t) => {
  const shared = await world.found()
  const { remote } = shared
  const good = remote.say(text(BOB, 'good'))
  const json = remote.json(good)
  const signed = (changes: JsonObject): JsonObject => resign(remote.version, json, changes)
  const { type: _, ...withoutType } = json
  const { depth: __, ...withoutDepth } = json
  let nested: JsonValue = 1
  for (let depth = 0; depth < 20_000; depth += 1) nested = [nested]
  const raw = (text: string) => JSON.rawJSON(text) as unknown as JsonObject
  const bad = [
    withoutType, withoutDepth, signed({ room_id: '!nowhere:peer.hearth.test' }), { room_id: 5 }, {},
    ...[raw('9007199254740992'), -1, '5', raw('1.5')].map((depth) => signed({ depth })),
    ...['1.0', '1e2', '1E400', '9007199254740993'].map((number) => signed({ content: { body: 'float', number: raw(number) } })),
    signed({ prev_events: Array.from({ length: 21 }, () => good) }), signed({ auth_events: Array.from({ length: 11 }, () => good) }),
    signed({ sender: '@alice:one.hearth.test' }), signed({ content: { body: 'x'.repeat(70_000) } }), signed({ content: { nested } }),
    { ...signed({ origin_server_ts: 17 }), origin_server_ts: 18 },
  ]
  const answer = await world.send({ pdus: [...bad, json] })
  t.equal(answer.status, 200)
  const results = Object.entries<{ error?: string }>(answer.body['pdus'])
  t.same(results.filter(([, { error }]) => error === undefined), [[good, {}]])
  await server.server.settled()
  t.equal((await shared.shown())[0], good)
  for (const [eventId] of results) if (eventId !== good) t.equal((await shared.event(eventId)).status, 404)
})

t.test('an event whose content is not what was signed is redacted (A6)', async (t) => {
  const shared = await world.found()
  const json = shared.remote.json(shared.remote.say(text(BOB, 'signed')))
  const { body } = await world.send({ pdus: [{ ...json, content: { msgtype: 'm.text', body: 'altered' } }] })
  const [eventId = ''] = Object.keys(body['pdus'])
  await server.server.settled()
  t.match((await shared.event(eventId)).body, { type: 'm.room.message', content: {} })
  t.notMatch((await shared.event(eventId)).text, 'altered')
})

t.test('a server that the room excludes is answered so for each event, and nothing is kept', async (t) => {
  const shared = await world.found()
  await shared.set('m.room.server_acl', { allow: ['*'], deny: [THEIRS] })
  const eventId = shared.remote.say(text(BOB, 'excluded'))
  const answer = await world.send({
    pdus: shared.remote.jsons([eventId]),
    edus: [{ edu_type: 'm.typing', content: { room_id: shared.roomId, user_id: BOB, typing: true } }],
  })
  t.match(answer.body, { pdus: { [eventId]: { error: String } } })
  await server.server.settled()
  t.equal((await shared.event(eventId)).status, 404)
  const room = await server.services.rooms.get(shared.roomId)
  t.same(server.services.typing.typingIn(room.nid), [])
})

t.test('what is missing before an event is asked for, and checked like everything else', async (t) => {
  const shared = await world.found()
  const { remote, roomId } = shared
  const [lost = '', forged = '', told = ''] = ['lost', 'forged', 'told'].map((body) => remote.say(text(BOB, body)))
  const flawed = { ...remote.json(forged), origin_server_ts: 5 }
  peer.on('POST', /get_missing_events/, ({ body }) => {
    const { latest_events: [latest] } = JSON.parse(body)
    return { body: { events: latest === told ? [flawed, ...remote.jsons([lost])] : [] } }
  })
  for (const path of [/state_ids/, /\/state\//]) peer.on('GET', path, { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'No' } })
  t.match((await world.send({ pdus: remote.jsons([told]) })).body, { pdus: { [told]: {} } })
  await server.server.settled()
  t.notOk((await shared.shown()).includes(forged))
  peer.on('POST', /get_missing_events/, { body: { events: remote.jsons([lost, forged]) } })
  const after = remote.say(text(BOB, 'after'))
  await world.send({ pdus: remote.jsons([told, after]) })
  await server.server.settled()
  t.same((await shared.shown()).slice(0, 4), [after, told, forged, lost])
  t.ok(peer.requests.some(({ url }) => url.startsWith(`/_matrix/federation/v1/get_missing_events/${encodeURIComponent(roomId)}`)))
})

t.test('typing and receipts are believed of who is in the room and of that server', async (t) => {
  const shared = await world.found()
  const { roomId } = shared
  const { rooms, typing } = server.services
  const room = await rooms.get(roomId)
  const typingOf = (userId: string, on = true) => ({ edu_type: 'm.typing', content: { room_id: roomId, user_id: userId, typing: on } })
  await world.send({ edus: [
    typingOf(BOB), typingOf('@stranger:peer.hearth.test'), typingOf(world.alice.userId), typingOf('@x:other.hearth.test'),
    { edu_type: 'm.typing', content: { room_id: roomId, user_id: 5 } }, { edu_type: 'm.typing', content: {} },
    { edu_type: 'm.direct_to_device', content: { floaty: JSON.rawJSON('1.0') as unknown as JsonObject } },
  ] })
  await server.server.settled()
  t.same(typing.typingIn(room.nid), [BOB])
  await world.send({ edus: [typingOf(BOB, false)] })
  await server.server.settled()
  t.same(typing.typingIn(room.nid), [])

  const eventId = await shared.say('read me')
  const receipt = (userId: string, ts = 7) => ({ [userId]: { event_ids: [eventId], data: { ts } } })
  const told = shared.remote.say(text(BOB, 'with the event itself'))
  await world.send({
    pdus: shared.remote.jsons([told]),
    edus: [
      { edu_type: 'm.receipt', content: { [roomId]: { 'm.read': {
        [BOB]: { event_ids: [told], data: { ts: 9 } }, ...receipt(world.alice.userId), ...receipt('@stranger:peer.hearth.test'),
      } } } },
      { edu_type: 'm.receipt', content: { [roomId]: { 'm.read.private': receipt(BOB), 'm.read': 5 }, '!x:y': 7 } },
    ],
  })
  await server.server.settled()
  const sync = await world.asAlice('/sync')
  const ephemeral = sync.body['rooms'].join[roomId].ephemeral.events
  t.same(ephemeral, [{ type: 'm.receipt', content: { [told]: { 'm.read': { [BOB]: { ts: 9 } } } } }])
})

t.test('what was written down is gone on with after the process ended', async (t) => {
  const shared = await world.found('6')
  const ids = ['one', 'two', 'three'].map((body) => shared.remote.say(text(BOB, body)))
  const room = await server.services.rooms.get(shared.roomId)
  const checked = await server.services.receiver.check(room, shared.remote.jsons(ids))
  await stageTransaction(db, {
    origin: THEIRS, txnId: 'before', answer: '{}', receivedAt: 0, edus: [],
    pdus: checked.flatMap((each) => each.ok
      ? [{ room_nid: room.nid, event_id: each.eventId, json: each.canonical, is_authorised: each.isAuthorised }]
      : []),
  })
  t.same(await waiting(), ids)
  await server.services.inbound.start()
  await server.server.settled()
  t.same((await shared.shown()).slice(0, 3), ids.toReversed())
  t.same(await waiting(), [])
})

t.test('what cannot be worked off is set aside, and the rest goes on', async (t) => {
  const shared = await world.found()
  const { remote } = shared
  const room = await server.services.rooms.get(shared.roomId)
  const good = remote.say(text(BOB, 'good'))
  const checked = await server.services.receiver.check(room, remote.jsons([good]))
  const [json = ''] = checked.flatMap((each) => each.ok ? each.canonical : [])
  const poison = json.replace('"prev_events":["', '"prev_events":["no database takes \\u0000')
  await stageTransaction(db, {
    origin: THEIRS, txnId: 'poison', answer: '{}', receivedAt: 0, edus: [],
    pdus: [{ event_id: '$poison', json: poison }, { event_id: good, json }].map((each) => (
      { ...each, room_nid: room.nid, is_authorised: true }
    )),
  })
  await server.services.inbound.start()
  await inTime(server.clock, server.server.settled(), 500)
  t.same(await failures(), [{ origin: THEIRS, name: '$poison' }])
  t.equal((await shared.shown())[0], good)
  t.same(await waiting(), [])
})

t.test('answers are forgotten after a day', async (t) => {
  server.clock.advance(25 * 60 * 60 * 1000)
  await server.services.inbound.forgetOld()
  t.same(await db.selectFrom('inbound_transactions').select('txn_id').execute(), [])
  t.equal(OURS, server.services.config.serverName)
})

t.test('the end waits for nobody elsewhere, and what was being done is not lost', async (t) => {
  const own = await PeerWorld.create(t)
  const shared = await own.found()
  const asked = Promise.withResolvers<void>()
  own.peer.on('POST', /get_missing_events/, () => {
    asked.resolve()
    return new Promise(() => undefined)
  })
  const [, last = ''] = ['missing', 'last'].map((body) => shared.remote.say(text(BOB, body)))
  await own.send({ pdus: shared.remote.jsons([last]) })
  await asked.promise
  await own.server.server.close()
  const rows = await own.db.selectFrom('inbound_pdus').select('event_id').execute()
  t.same(rows, [{ event_id: last }])
})
