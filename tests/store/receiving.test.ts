import t from 'tap'
import './receiving/any-order.ts'
import './receiving/entering.ts'
import './receiving/hostile-graphs.ts'
import './receiving/hostile.ts'
import './receiving/lies.ts'
import './receiving/many-ends.ts'
import './receiving/missing.ts'
import './receiving/redacted.ts'
import './receiving/told.ts'
import { BOB, CAROL, join, text } from './receiving/people.ts'
import { RemoteWorld, sorted } from './receiving/remote-world.ts'

const world = await RemoteWorld.create(t)

t.test('what others say after one another follows the state of the room', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  const said = [join(BOB), text(BOB, 'hello'), { ...join(BOB), content: { membership: 'join', displayname: 'Bob' } }]
  const ids = said.map((each) => remote.say(each))
  t.same(await shared.kinds(...ids), ['accepted', 'accepted', 'accepted'])
  t.same(await shared.kinds(...ids), ['known', 'known', 'known'])
  t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())))
  t.same(await shared.stored(), await shared.present())
  const branches = await world.db.selectFrom('events').select('nid').where('state_branch', 'is not', null).execute()
  t.equal(branches.length, 0, 'no branch is needed')
  t.same((await shared.room()).extremities().map(({ eventId }) => eventId), remote.ends())
})

t.test('forks of messages cost nothing', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const prev = remote.ends()
  const forks = [remote.say({ ...text(BOB, 'one'), prev }), remote.say({ ...text(CAROL, 'two'), prev })]
  t.same(await shared.kinds(...forks), ['accepted', 'accepted'])
  t.same([...(await shared.room()).extremities()].map(({ eventId }) => eventId).sort(), [...forks].sort())
  const merge = remote.say({ ...text(BOB, 'three'), prev: forks })
  t.same(await shared.kinds(merge), ['accepted'])
  const room = await shared.room()
  const rows = await world.db.selectFrom('events').select('state_branch').where('room_nid', '=', room.nid).execute()
  t.ok(rows.every((row) => row.state_branch === null))
  t.same(room.extremities().map(({ eventId }) => eventId), [merge])
})

t.test('forks of state are resolved as the whole states are', async (t) => {
  const shared = await world.found('11', { power_level_content_override: { users: { '@alice:localhost': 100, [BOB]: 100, [CAROL]: 50 } } })
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const prev = remote.ends()
  const ban = remote.say({ sender: BOB, type: 'm.room.member', stateKey: CAROL, content: { membership: 'ban' }, prev })
  const topic = remote.say({ sender: CAROL, type: 'm.room.topic', stateKey: '', content: { topic: 'mine' }, prev })
  const after = remote.say({ ...text(CAROL, 'still here'), prev: [topic] })
  t.same(await shared.kinds(topic), ['accepted'])
  t.same(await shared.kinds(after), ['accepted'])
  t.same(await shared.kinds(ban), ['accepted'])
  for (const id of [topic, after, ban]) {
    t.same(await shared.stateAfter(id), sorted(remote.stateAfter(id)), 'after')
    t.same(await shared.stateBefore(id), sorted(remote.stateBefore(remote.prevOf(id))), 'before')
  }
  t.same(await shared.present(), sorted(remote.stateBefore([ban, after])))
  t.same(await shared.stored(), await shared.present())
  const late = remote.say({ ...text(CAROL, 'too late'), prev: [after] })
  t.match(await shared.kinds(late), [/^soft-failed/])
  const merge = remote.say({ ...text(BOB, 'there'), prev: [ban, after] })
  t.same(await shared.kinds(merge), ['accepted'])
  t.same(await shared.stateAfter(merge), sorted(remote.stateAfter(merge)))
  t.same((await shared.room()).extremities().map(({ eventId }) => eventId), [merge])
})
