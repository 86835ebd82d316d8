import t from 'tap'
import { RemoteWorld, sorted } from './remote-world.ts'
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
  t.ok(remote.asked.includes('event_auth'))
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
})
