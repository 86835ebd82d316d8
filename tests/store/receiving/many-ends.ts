import t from 'tap'
import { checkRoom } from './check-room.ts'
import { BOB, CAROL, join, text } from './people.ts'
import { RemoteWorld, sorted, type SharedRoom } from './remote-world.ts'

const world = await RemoteWorld.create(t)
type Compared = Pick<typeof t, 'same'>

const DAVE = '@dave:d.test'

/** A room with more ends than an event can name, each of which leads to a state of its own. */
async function forkMany(version: string, count: number): Promise<SharedRoom> {
  const users = { ...(version === '12' ? {} : { [world.alice.userId]: 100 }), [BOB]: 100, [CAROL]: 50 }
  const shared = await world.found(version, { power_level_content_override: { users } })
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)), remote.say(join(DAVE)))
  const prev = remote.ends()
  const forks = Array.from({ length: count }, (_, index) => {
    const ts = 1_700_000_000_000 + ((index * 7) % count)
    const ban = { sender: BOB, type: 'm.room.member', stateKey: CAROL, content: { membership: 'ban' } }
    if (index === count - 1) return remote.say({ ...ban, prev, ts })
    const sender = index % 3 === 0 ? CAROL : BOB
    return remote.say({ sender, type: 'm.room.topic', stateKey: '', content: { topic: `${index}` }, prev, ts })
  })
  await shared.receive(...forks)
  return shared
}

async function compare(t: Compared, shared: SharedRoom): Promise<void> {
  const { remote } = shared
  await shared.learn()
  const said = remote.listIds().at(-1) ?? ''
  t.same(await shared.stateBefore(said), sorted(remote.stateBefore(remote.prevOf(said))), 'before it')
  t.same(await shared.stateAfter(said), sorted(remote.stateAfter(said)), 'after it')
  const present = sorted(remote.stateBefore(remote.ends()))
  t.same(await shared.present(), present, 'in memory')
  t.same(await shared.stored(), present, 'in the database')
  t.same((await shared.room()).extremities().map(({ eventId }) => eventId).sort(), [...remote.ends()].sort())
}

for (const version of ['2', '12']) {
  t.test(`what is said in a room of version ${version} with very many ends follows those that it names`, async (t) => {
    const shared = await forkMany(version, 45)
    await world.talk.say(world.alice, shared.roomId, 'so many')
    await compare(t, shared)
    await world.talk.set(world.alice, shared.roomId, 'm.room.topic', { topic: 'mine' })
    await compare(t, shared)
    await world.talk.set(world.alice, shared.roomId, 'm.room.name', { name: 'ours' })
    await compare(t, shared)
    await shared.receive(shared.remote.say({ ...text(BOB, 'together'), prev: shared.remote.ends().slice(0, 20) }))
    await shared.forget()
    await compare(t, shared)
    t.same(await checkRoom(world, shared), [])
  })
}
