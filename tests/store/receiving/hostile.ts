import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { checkPdus } from '../../../src/rooms/receive/check-pdus.ts'
import { testKeys } from '../../support/remote-room.ts'
import { SyncClient } from '../../support/sync-client.ts'
import { checkRoom } from './check-room.ts'
import { BOB, CAROL, join, text } from './people.ts'
import { RemoteWorld, sorted } from './remote-world.ts'

const world = await RemoteWorld.create(t)
const keys = testKeys()

t.test('nobody begins a room anew', async (t) => {
  const shared = world.foreign('10', BOB)
  const { remote } = shared
  const joined = shared.joinOf(world.alice.userId)
  await shared.enter(joined, remote.stateBefore(remote.prevOf(joined)))
  const before = await shared.present()
  const content = { room_version: '10', creator: BOB, 'm.federate': false }
  const create = remote.say({ sender: BOB, type: 'm.room.create', stateKey: '', content, prev: [], ts: 5_000_000 })
  const upon = remote.say({ ...join(BOB), prev: [create], ts: 5_000_001 })
  const merge = remote.say({ ...text(BOB, 'all mine'), prev: [upon, joined], ts: 5_000_002 })
  const kinds = await shared.kinds(create, upon, merge)
  t.match(kinds[0], /^dropped/)
  t.notOk(kinds.includes('accepted'))
  t.same(await shared.present(), before)
  t.same(await checkRoom(world, shared), [])
})

t.test('two events of one id are the one that was here first', async (t) => {
  const shared = await world.found('1')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const prev = remote.ends()
  const first = remote.say({ ...text(BOB, 'first'), prev })
  const second = remote.build({ ...text(BOB, 'second'), prev, eventId: first })
  const room = await shared.room()
  const receive = (json: JsonObject) => shared.receiving.receiver.receive(room, [json], { origin: 'b.test' })
  t.same(await shared.kinds(first), ['accepted'])
  t.match(await receive(second.json), [{ eventId: first, kind: 'dropped' }])
  t.match(await shared.kinds(first), ['known'])
  t.match((await world.world.services.events.findById(first))?.content, { body: 'first' })

  const state = { sender: BOB, type: 'm.room.member', stateKey: BOB, content: { membership: 'join', displayname: 'One' }, prev }
  const hidden = remote.say(state)
  const { json } = remote.build({ ...state, content: { membership: 'join', displayname: 'Two' }, eventId: hidden })
  const checked = (await shared.receiving.receiver.check(room, [remote.json(hidden)])).filter((each) => each.ok)
  await shared.receiving.outliers.store(room, checked, room.state('m.room.create'))
  t.match(await receive(json), [{ kind: 'dropped' }], 'also when it was hearsay')
  t.same(await shared.kinds(hidden), ['accepted'])
  t.same(await checkRoom(world, shared), [])
})

t.test('who forks a room without end costs no more than a few extremities', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const prev = remote.ends()
  const forks = Array.from({ length: 100 }, (_, index) => remote.say({ ...text(BOB, `${index}`), prev }))
  await shared.receive(...forks)
  await shared.receive(remote.say({ sender: BOB, type: 'm.room.member', stateKey: BOB, content: { membership: 'join', x: 1 }, prev }))
  const room = await shared.room()
  t.equal(room.extremities().length, 60)
  t.ok(room.extremities().some(({ state }) => state === undefined), 'one of them leads to the present state')
  t.same(await checkRoom(world, shared), [])
  await world.talk.say(world.alice, shared.roomId, 'enough')
  t.equal(room.extremities().length, 41)
})

t.test('what is learned of first by hearsay has its relations and its followers once it comes', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const root = remote.say(text(BOB, 'root'))
  await shared.receive(root)
  const content = {
    'msgtype': 'm.text', 'body': '* better', 'm.new_content': { msgtype: 'm.text', body: 'better' },
    'm.relates_to': { rel_type: 'm.replace', event_id: root },
  }
  const edit = remote.say({ sender: BOB, type: 'm.room.message', content })
  remote.hidden.add(edit)
  const last = remote.say(text(BOB, 'after'))
  t.same(await shared.kinds(last, edit), ['accepted', 'accepted'])
  const rows = await world.db.selectFrom('events').selectAll().where('event_id', 'in', [edit, last]).orderBy('depth').execute()
  t.match(rows, [{ rel_type: 'm.replace', relates_to: root }, { prev_nids: [rows[0]?.nid] }])
  t.same(await checkRoom(world, shared), [])
})

t.test('what two learn at the same time is written once, and cited as it was written', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const prev = remote.ends()
  const ids = [remote.say({ ...join(CAROL), prev })]
  for (let round = 0; round < 5; round += 1) {
    ids.push(remote.say({ ...join(CAROL), content: { membership: 'join', displayname: `${round}` }, prev: ids.slice(-1) }))
  }
  const checked = (await checkPdus(await shared.room(), remote.jsons(ids), keys)).filter((each) => each.ok)
  const room = await shared.room()
  const create = room.state('m.room.create')
  await Promise.all([1, 2, 3, 4].map((count) => shared.receiving.outliers.store(room, checked.slice(0, count + 2), create)))
  const rows = await world.db.selectFrom('events').select(['nid', 'auth_nids']).where('event_id', 'in', ids).execute()
  t.equal(rows.length, ids.length)
  const known = await world.db.selectFrom('events').select('nid').where('room_nid', '=', room.nid).execute()
  const nids = new Set(known.map(({ nid }) => nid))
  t.ok(rows.every((row) => row.auth_nids.every((nid) => nids.has(nid))), 'none cites what is not there')
  t.same(await shared.kinds(...ids), ids.map(() => 'accepted'))
  t.same(await checkRoom(world, shared), [])
})

t.test('a name with a NUL in it is a name like any other', async (t) => {
  const shared = await world.found('11')
  const { remote, roomId } = shared
  await shared.receive(remote.say(join(BOB)))
  const client = new SyncClient(world.world.api, world.alice)
  await client.next()
  const level = { '\0': 0, 'a\0b': 0, 'a': 0, '\x1a': 0, '\x1a0': 0 }
  const users = { [world.alice.userId]: 100 }
  await world.talk.set(world.alice, roomId, 'm.room.power_levels', { users, events: level })
  await shared.learn()
  const names = [['a\0b', 'c'], ['a', 'b\0c'], ['\x1a', ''], ['\x1a0', ''], ['\0', '']] as const
  const said = names.map(([type, stateKey]) => remote.say({ sender: BOB, type, stateKey, content: { type, stateKey } }))
  said.push(remote.say({ ...text(BOB, '\0'), type: 'a\0b' }))
  t.same(await shared.kinds(...said), said.map(() => 'accepted'))
  t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())))
  const told = (await client.next())['rooms'].join[roomId].timeline.events
  const namesTold = told.slice(-6).map((event: { type: string, state_key?: string }) => [event.type, event.state_key])
  t.same(namesTold, [...names, ['a\0b', undefined]])
  await shared.forget()
  t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())), 'read anew')
  const filter = encodeURIComponent(JSON.stringify({ types: ['a\0*'] }))
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&filter=${filter}`
  const found = await world.world.api.get<{ chunk: { event_id: string }[] }>(path, { token: world.alice.token })
  t.same(found.body.chunk.map((event) => event.event_id), [said[5], said[0]])
  t.same(await checkRoom(world, shared), [])
})

t.test('what names something that is no event is none, and the rest goes on', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const good = remote.say(text(BOB, 'good'))
  const bad = ['$\0', 'x', `$${'x'.repeat(300)}`].flatMap((named) => {
    const { json } = remote.build({ ...text(BOB, 'bad'), prev: remote.prevOf(good) })
    return [{ ...json, prev_events: [named] }, { ...json, auth_events: [named] }]
  })
  const outcomes = await shared.receiving.receiver.receive(await shared.room(), [...bad, remote.json(good)], { origin: 'b.test' })
  t.same(outcomes.map(({ kind }) => kind), [...bad.map(() => 'dropped'), 'accepted'])
})

t.test('what another server tells as state while it is on its way is taken all the same', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const prev = remote.ends()
  const missed = remote.say({ ...text(BOB, 'missed'), prev })
  const later = remote.say({ ...join(CAROL), prev })
  remote.hidden.add(missed)
  const said = remote.say({ ...text(BOB, 'said'), prev: [missed] })
  remote.findStateIds = () => Promise.resolve({ state: [...remote.stateBefore(prev).values(), later], authChain: [] })
  t.same(await shared.kinds(said, later), ['accepted', 'accepted'])
  t.same(await checkRoom(world, shared), [])
})
