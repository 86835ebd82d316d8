import t from 'tap'
import { SyncClient, saidIn } from '../../support/sync-client.ts'
import { checkRoom } from './check-room.ts'
import { RemoteWorld, sorted, type SharedRoom } from './remote-world.ts'
import { BOB, CAROL, join, text } from './people.ts'

const world = await RemoteWorld.create(t)

t.test('a few events that are missing are asked for and come before', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const missed = [remote.say(text(BOB, 'one')), remote.say(join(CAROL)), remote.say(text(CAROL, 'two'))]
  const last = remote.say(text(BOB, 'three'))
  t.same(await shared.kinds(last), ['accepted'])
  t.same(await shared.kinds(...missed), ['known', 'known', 'known'])
  t.same((await shared.shown()).slice(0, 5), remote.listIds().slice(-5).toReversed())
  t.same(await shared.present(), sorted(remote.stateBefore([last])))
})

t.test('behind a gap the state is asked for, and what fills it later stands where it belongs', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const first = remote.say(text(BOB, 'before the gap'))
  await shared.receive(first)
  const said = [join(CAROL), { ...join(CAROL), content: { membership: 'join', displayname: 'C' } }, text(CAROL, 'in the gap')]
  const missed = said.map((each) => remote.say(each))
  for (const eventId of missed) remote.hidden.add(eventId)
  const last = remote.say(text(CAROL, 'after the gap'))
  t.same(await shared.kinds(last), ['accepted'])
  t.same(await shared.stateBefore(last), sorted(remote.stateBefore(missed.slice(-1))))
  t.same(await shared.present(), sorted(remote.stateBefore([last])))
  const room = await shared.room()
  const { backfilling } = shared.receiving
  const gaps = await backfilling.listGaps(room, { pos: Number.MAX_SAFE_INTEGER, offset: 0 }, 10)
  t.match(gaps, [{ eventId: last, missing: [missed[2]] }])
  const [gap] = gaps
  if (gap === undefined) return t.fail('no gap')
  const before = (await shared.shown()).length
  const pdus = await remote.backfill('', '', gap.missing, 2)
  t.equal(await backfilling.persist(room, gap, { origin: 'b.test', pdus }), 2)
  const next = await backfilling.listGaps(room, { pos: Number.MAX_SAFE_INTEGER, offset: 0 }, 10)
  t.match(next, [{ eventId: missed[1], missing: [missed[0]] }])
  const [further] = next
  if (further === undefined) return t.fail('no gap')
  t.equal(await backfilling.persist(room, further, { origin: 'b.test', pdus: await remote.backfill('', '', further.missing, 10) }), 1)
  t.same(await backfilling.listGaps(room, { pos: Number.MAX_SAFE_INTEGER, offset: 0 }, 10), [])
  const shown = await shared.shown()
  t.equal(shown.length, before + 3)
  t.same(shown.slice(0, 6), [last, ...missed.toReversed(), first, remote.listIds().at(-6)])
  for (const eventId of missed) {
    t.same(await shared.stateAfter(eventId), sorted(remote.stateAfter(eventId)))
    t.same(await shared.stateBefore(eventId), sorted(remote.stateBefore(remote.prevOf(eventId))))
  }
  return undefined
})

t.test('an auth event that is missing is asked for; what a rejected one authorises is rejected', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const prev = remote.ends()
  const elsewhere = remote.say({ ...join(CAROL), prev })
  const said = remote.say({ ...text(CAROL, 'hello'), prev: [elsewhere] })
  remote.hidden.add(elsewhere)
  t.same(await shared.kinds(said), ['accepted'])
  t.notOk(remote.asked.includes('event_auth'), 'the state before it brings what authorises it')
  t.same(await shared.present(), sorted(remote.stateBefore([...prev, said])))
  const wrong = remote.say({ sender: BOB, type: 'm.room.power_levels', stateKey: '', content: { users: { [BOB]: 100 } } })
  t.match(await shared.kinds(wrong), [/^rejected/])
  const [create = ''] = remote.listIds()
  const bobJoin = remote.stateBefore(prev).get(`13:m.room.member:${BOB}`) ?? ''
  const topic = { sender: BOB, type: 'm.room.topic', stateKey: '', content: { topic: 'x' } }
  const upon = remote.say({ ...topic, prev: [wrong], auth: [create, wrong, bobJoin] })
  t.match(await shared.kinds(upon), [/^rejected/])
  t.same(await shared.stateAfter(upon), await shared.present())
  const fine = remote.say({ ...text(BOB, 'after all'), prev: [upon] })
  t.same(await shared.kinds(fine), ['accepted'])
  t.same(await shared.present(), sorted(remote.stateAfter(fine)))

  const latest = remote.ends()
  const apart = remote.say({ ...join(BOB), content: { membership: 'join', displayname: 'Apart' }, prev })
  const citing = remote.say({ ...topic, prev: latest, auth: [create, apart] })
  t.match((await shared.kinds(citing))[0], /^(accepted|rejected|soft-failed)/, 'its predecessors are here, so that it is asked for')
  t.ok(remote.asked.includes('event_auth'))
})

t.test('nothing is believed of who does not tell what authorises it', async (t) => {
  const shared = await world.found('10')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const chain = Array.from({ length: 4 }, (_, index) => (
    remote.say({ ...join(BOB), content: { membership: 'join', displayname: `${index}` } })
  ))
  const [, lost = ''] = chain
  const said = [remote.say(text(BOB, 'one')), remote.say(text(BOB, 'two'))]
  for (const eventId of chain) remote.hidden.add(eventId)
  const { findEvent, listEventAuth } = remote
  remote.findEvent = (server, eventId) => eventId === lost ? Promise.resolve(undefined) : findEvent.call(remote, server, eventId)
  remote.listEventAuth = () => Promise.resolve([])
  const before = await shared.present()
  t.match(await shared.kinds(...said), [/^dropped/, /^dropped/])
  t.same(await shared.present(), before)
  t.equal(remote.asked.filter((kind) => kind === 'state_ids').length, 1, 'asked for once')
  Object.assign(remote, { findEvent, listEventAuth })
  t.same(await shared.kinds(...said), ['accepted', 'accepted'])
})

const END = { pos: Number.MAX_SAFE_INTEGER, offset: 0 }

async function namesOfEnds(shared: SharedRoom): Promise<string[]> {
  return (await shared.room()).extremities().map(({ eventId }) => eventId)
}

t.test('what was missing and comes by itself is news, and nothing goes on from it', async (t) => {
  const shared = await world.found('11')
  const { remote, roomId } = shared
  await shared.receive(remote.say(join(BOB)))
  const missed = [remote.say(text(BOB, 'one')), remote.say(text(BOB, 'two'))]
  for (const eventId of missed) remote.hidden.add(eventId)
  const last = remote.say(text(BOB, 'three'))
  t.same(await shared.kinds(last), ['accepted'])
  const ends = await namesOfEnds(shared)
  const client = new SyncClient(world.world.api, world.alice)
  await client.next()
  remote.hidden.clear()
  remote.asked.length = 0
  t.same(await shared.kinds(...missed.slice(1)), ['accepted'])
  t.notOk(remote.asked.includes('missing'), 'what is before it is history')
  t.same(saidIn((await client.next())['rooms'].join[roomId]), ['two'])
  t.same((await shared.shown()).slice(0, 2), [missed[1], last])
  t.same(await namesOfEnds(shared), ends)
  await shared.forget()
  t.same(await namesOfEnds(shared), ends, 'read anew')
  const room = await shared.room()
  const { backfilling } = shared.receiving
  const [gap] = await backfilling.listGaps(room, END, 10)
  t.match(gap, { eventId: missed[1], missing: [missed[0]] })
  if (gap === undefined) return
  t.equal(await backfilling.persist(room, gap, { origin: 'b.test', pdus: await remote.backfill('', '', gap.missing, 10) }), 1)
  t.same((await shared.shown()).slice(0, 3), [missed[1], missed[0], last])
  t.same(await backfilling.listGaps(room, END, 10), [])
  t.same(await checkRoom(world, shared), [])
})

t.test('an end that turns out to come before others is none any more, and the state is that of the others', async (t) => {
  const shared = await world.found('11', { power_level_content_override: { users: { [world.alice.userId]: 100, [BOB]: 100 } } })
  const { remote } = shared
  const named = (name: string) => ({ sender: BOB, type: 'm.room.name', stateKey: '', content: { name } })
  await shared.receive(remote.say(join(BOB)))
  const missed = [remote.say(named('one')), remote.say(named('two'))]
  for (const eventId of missed) remote.hidden.add(eventId)
  const last = remote.say(text(BOB, 'three'))
  t.same(await shared.kinds(last), ['accepted'])
  for (const eventId of missed) t.same(await shared.kinds(eventId), ['accepted'])
  t.same(await namesOfEnds(shared), [last])
  t.same(await shared.present(), sorted(remote.stateAfter(last)))
  t.same(await shared.stored(), await shared.present())
  for (const eventId of [...missed, last]) t.same(await shared.stateAfter(eventId), sorted(remote.stateAfter(eventId)))
  await shared.forget()
  t.same(await shared.present(), sorted(remote.stateAfter(last)), 'read anew')
  t.same(await namesOfEnds(shared), [last])
  t.same(await checkRoom(world, shared), [])
})

t.test('what was missing and could not be said today is not shown, and history goes on behind it', async (t) => {
  const shared = await world.found('11', { power_level_content_override: { users: { [world.alice.userId]: 100, [BOB]: 100 } } })
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const missed = [remote.say(text(BOB, 'one')), remote.say(text(CAROL, 'two'))]
  for (const eventId of missed) remote.hidden.add(eventId)
  const ban = remote.say({ sender: BOB, type: 'm.room.member', stateKey: CAROL, content: { membership: 'ban' } })
  t.same(await shared.kinds(ban), ['accepted'])
  t.match(await shared.kinds(...missed.slice(1)), [/^soft-failed/])
  const room = await shared.room()
  const { backfilling } = shared.receiving
  const [gap] = await backfilling.listGaps(room, END, 10)
  t.match(gap, { eventId: ban, missing: [missed[0]] })
  if (gap === undefined) return
  t.equal(await backfilling.persist(room, gap, { origin: 'b.test', pdus: await remote.backfill('', '', gap.missing, 10) }), 1)
  t.same((await shared.shown()).slice(0, 2), [ban, missed[0]])
  t.same(await checkRoom(world, shared), [])
})
