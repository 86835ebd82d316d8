import t from 'tap'
import { EventNumbers } from '../../../src/rooms/event-numbers.ts'
import { SyncClient, typesOf } from '../../support/sync-client.ts'
import { BOB, CAROL, join, text } from './people.ts'
import { RemoteWorld, sorted } from './remote-world.ts'

const world = await RemoteWorld.create(t)
const GONE = '@gone:b.test'

t.test('as many events as a large room has can be numbered at once', async (t) => {
  const numbers = new EventNumbers(world.db)
  while (!numbers.has(700)) await numbers.draw()
  t.equal(new Set(Array.from({ length: 700 }, () => numbers.take())).size, 700)
})

t.test('a room of another server is entered with the state that it tells', async (t) => {
  const shared = world.foreign('11', BOB)
  const { remote } = shared
  remote.say(join(CAROL))
  remote.say(text(BOB, 'long ago'))
  const state = remote.stateBefore(remote.ends())
  const client = new SyncClient(world.world.api, world.alice)
  await client.next()
  const joined = shared.joinOf(world.alice.userId)
  const { room, event } = await shared.enter(joined, state)
  t.equal(event.eventId, joined)
  t.same(await shared.present(), sorted(remote.stateAfter(joined)))
  t.same(await shared.stateAfter(joined), sorted(remote.stateAfter(joined)))
  t.same(await shared.stateBefore(joined), sorted(state))
  const body = await client.next()
  const told = body['rooms'].join[shared.roomId]
  t.same(typesOf(told.timeline.events), [`m.room.member ${world.alice.userId}`])
  t.equal(told.state.events.length, state.size)
  t.same(told.summary['m.joined_member_count'], 3)
  t.same(await shared.kinds(remote.say(text(BOB, 'welcome'))), ['accepted'])
  await world.talk.say(world.alice, shared.roomId, 'thanks')
  t.equal(room.extremities().length, 1)
  const [gap] = await shared.receiving.backfilling.listGaps(room, { pos: Number.MAX_SAFE_INTEGER, offset: 0 }, 5)
  t.ok(gap)
  if (gap === undefined) return
  await shared.receiving.backfilling.persist(room, gap, { origin: 'b.test', pdus: await remote.backfill('', '', gap.missing, 100) })
  t.equal((await shared.shown()).length, remote.listIds().length + 1)
  t.same((await client.next())['rooms'].join[shared.roomId].timeline.events.length, 2, 'history is no news')
})

t.test('who comes back after an absence is told what changed', async (t) => {
  const shared = world.foreign('11', BOB)
  const { remote } = shared
  remote.say(join(GONE))
  const first = shared.joinOf(world.alice.userId)
  await shared.enter(first, remote.stateBefore(remote.prevOf(first)))
  await world.talk.leave(world.alice, shared.roomId)
  await shared.learn()
  const client = new SyncClient(world.world.api, world.alice)
  await client.next()
  remote.say({ sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: 'new' } })
  remote.say({ sender: GONE, type: 'm.room.member', stateKey: GONE, content: { membership: 'leave' } })
  remote.say(join(CAROL))
  const again = shared.joinOf(world.alice.userId)
  await shared.enter(again, remote.stateBefore(remote.prevOf(again)))
  t.same(await shared.present(), sorted(remote.stateAfter(again)))
  t.same(await shared.stored(), await shared.present())
  t.same((await shared.room()).extremities().map(({ eventId }) => eventId), [again])
  const told = (await client.next())['rooms'].join[shared.roomId]
  const types = typesOf(told.state.events).filter((type) => type === 'm.room.topic' || type.startsWith('m.room.member'))
  const people = [world.alice.userId, BOB, CAROL, GONE].map((userId) => `m.room.member ${userId}`)
  t.same(types.sort(), [...people, 'm.room.topic'])
  t.same(await shared.kinds(remote.say(text(CAROL, 'hello again'))), ['accepted'])
})

t.test('a room that was entered with a part of its state gets the rest later', async (t) => {
  const shared = world.foreign('11', BOB)
  const { remote } = shared
  remote.say(join(CAROL))
  const joined = shared.joinOf(world.alice.userId)
  const state = remote.stateBefore(remote.prevOf(joined))
  const { event } = await shared.enter(joined, new Map([...state].filter(([key]) => !key.endsWith(CAROL))))
  const client = new SyncClient(world.world.api, world.alice)
  await client.next()
  t.same(await shared.kinds(remote.say({ ...text(BOB, 'meanwhile') })), ['accepted'])
  await shared.receiving.stateCompletion.complete(await shared.room(), event.pos ?? 0, shared.given(state))
  t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())))
  t.same(await shared.stored(), await shared.present())
  const told = (await client.next())['rooms'].join[shared.roomId]
  t.same(typesOf(told.state.events), [`m.room.member ${CAROL}`])
  t.equal(told.summary['m.joined_member_count'], 3)
  await shared.forget()
  t.same(await shared.kinds(remote.say(text(CAROL, 'at last'))), ['accepted'])
  t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())))
})

t.test('who comes back is not told of another room by the same name', async (t) => {
  const shared = world.foreign('10', BOB)
  const { remote } = shared
  const first = shared.joinOf(world.alice.userId)
  await shared.enter(first, remote.stateBefore(remote.prevOf(first)))
  await world.talk.leave(world.alice, shared.roomId)
  await shared.learn()
  const before = await shared.present()
  const create = remote.say({ sender: BOB, type: 'm.room.create', stateKey: '', content: { room_version: '10', creator: BOB }, prev: [] })
  const founder = remote.say({ ...join(BOB), prev: [create] })
  remote.say({ sender: BOB, type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'public' }, prev: [founder] })
  const end = remote.ends().slice(-1)
  const other = remote.say({ ...join(world.alice.userId), prev: end }, world.world.services.signingKey)
  await t.rejects(shared.enter(other, remote.stateBefore(end)), { errcode: 'M_UNKNOWN', message: /another room/ })
  t.same(await shared.present(), before)
})

t.test('what was known when somebody comes back is not missing', async (t) => {
  const shared = world.foreign('11', BOB)
  const { remote } = shared
  const first = shared.joinOf(world.alice.userId)
  await shared.enter(first, remote.stateBefore(remote.prevOf(first)))
  await world.talk.leave(world.alice, shared.roomId)
  await shared.learn()
  const again = shared.joinOf(world.alice.userId)
  await shared.enter(again, remote.stateBefore(remote.prevOf(again)))
  const gaps = await shared.receiving.backfilling.listGaps(await shared.room(), { pos: Number.MAX_SAFE_INTEGER, offset: 0 }, 5)
  t.same(gaps.map(({ eventId }) => eventId), [first])
  t.same(await shared.present(), sorted(remote.stateAfter(again)))
  t.same((await shared.room()).extremities().map(({ eventId }) => eventId), [again])
})

t.test('an event that was known by hearsay keeps the time at which it was', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const missed = remote.say(join(CAROL))
  remote.hidden.add(missed)
  const last = remote.say(text(CAROL, 'here'))
  t.same(await shared.kinds(last), ['accepted'])
  const { services, clock } = world.world
  const learnedAt = (await services.events.findById(missed))?.receivedAt
  clock.advance(5_000)
  t.same(await shared.kinds(missed), ['accepted'])
  t.equal((await services.events.findById(missed))?.receivedAt, learnedAt)
  const row = await world.db.selectFrom('events').select('received_at').where('event_id', '=', missed).executeTakeFirst()
  t.equal(row?.received_at, learnedAt, 'by which its body is found')
})

t.test('an attempt to enter that came to nothing leaves nothing that the next one meets', async (t) => {
  const shared = world.foreign('11', BOB)
  const { remote } = shared
  const member = (membership: string) => ({ sender: BOB, type: 'm.room.member', stateKey: world.alice.userId, content: { membership } })
  remote.say({ sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: 'old' } })
  remote.say(member('ban'))
  const banned = remote.ends()
  const refused = remote.say({ ...join(world.alice.userId), prev: banned }, world.world.services.signingKey)
  await t.rejects(shared.enter(refused, remote.stateBefore(banned)), { errcode: 'M_FORBIDDEN', message: /rules/ })
  t.equal(await world.world.services.rooms.find(shared.roomId), undefined)
  remote.say({ ...member('leave'), prev: banned })
  remote.say({ sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: 'new' }, prev: remote.ends().slice(-1) })
  const ends = remote.ends().slice(-1)
  const joined = remote.say({ ...join(world.alice.userId), prev: ends }, world.world.services.signingKey)
  await shared.enter(joined, remote.stateBefore(ends))
  t.same(await shared.present(), sorted(remote.stateAfter(joined)))
  t.same(await shared.stored(), await shared.present())
})

t.test('a room that is read anew while it is entered again or completed goes on as the one that is known then', async (t) => {
  const shared = world.foreign('11', BOB)
  const { remote } = shared
  const { rooms } = world.world.services
  const first = shared.joinOf(world.alice.userId)
  await shared.enter(first, remote.stateBefore(remote.prevOf(first)))
  await world.talk.leave(world.alice, shared.roomId)
  await shared.learn()
  remote.say(join(CAROL))
  const again = shared.joinOf(world.alice.userId)
  const state = remote.stateBefore(remote.prevOf(again))
  const before = await shared.room()
  const entering = shared.enter(again, new Map([...state].filter(([key]) => !key.endsWith(CAROL))))
  before.spoil()
  const { room, event } = await entering
  t.not(room, before)
  t.equal(await shared.room(), room)
  await shared.forget()
  await shared.receiving.stateCompletion.complete(room, event.pos ?? 0, shared.given(state))
  t.ok(rooms.isCurrent(await shared.room()))
  t.same(await shared.present(), sorted(remote.stateAfter(again)))
  t.same(await shared.stored(), await shared.present())
})
