import t from 'tap'
import { SyncClient, saidIn, typesOf } from '../../support/sync-client.ts'
import { BOB, CAROL, join, text } from './people.ts'
import { RemoteWorld, sorted } from './remote-world.ts'

const world = await RemoteWorld.create(t)
const ALICE = world.alice.userId

const levels = { users: { [ALICE]: 100, [BOB]: 100, [CAROL]: 50 } }
const topic = (sender: string, said: string) => ({ sender, type: 'm.room.topic', stateKey: '', content: { topic: said } })

/** What a client makes of answers, with the state before the timeline or after it. */
function follow(state: Map<string, string>, room: Record<string, any> | undefined, isAfter: boolean): void {
  const events = isAfter ? room?.['state_after']?.events ?? [] : [...room?.['state']?.events ?? [], ...room?.['timeline']?.events ?? []]
  for (const { type, state_key: key, event_id: id } of events) if (key !== undefined) state.set(`${String(type).length}:${type}:${key}`, id)
}

t.test('what a fork changes besides its events is told with it', async (t) => {
  const shared = await world.found('11', { power_level_content_override: levels })
  const { remote, roomId } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  await shared.receive(remote.say(topic(BOB, 'first')))
  const before = new SyncClient(world.world.api, world.alice)
  const after = new SyncClient(world.world.api, world.alice, { use_state_after: true })
  const known = { before: new Map<string, string>(), after: new Map<string, string>() }
  follow(known.before, (await before.next())['rooms'].join[roomId], false)
  follow(known.after, (await after.next())['rooms'].join[roomId], true)
  const prev = remote.ends()
  const said = remote.say({ ...topic(CAROL, 'mine'), prev })
  await shared.receive(said)
  follow(known.before, (await before.next())['rooms'].join[roomId], false)
  follow(known.after, (await after.next())['rooms'].join[roomId], true)
  const ban = remote.say({ sender: BOB, type: 'm.room.member', stateKey: CAROL, content: { membership: 'ban' }, prev })
  t.same(await shared.kinds(ban), ['accepted'])
  t.same(await shared.present(), sorted(remote.stateBefore([said, ban])))
  const told = (await before.next())['rooms'].join[roomId]
  t.same(typesOf(told.timeline.events), [`m.room.member ${CAROL}`])
  t.same(typesOf(told.state.events), ['m.room.topic'], 'the topic of who was banned meanwhile is gone')
  follow(known.before, told, false)
  follow(known.after, (await after.next())['rooms'].join[roomId], true)
  t.same(sorted(known.before), await shared.present())
  t.same(sorted(known.after), await shared.present())
  const anew = new Map<string, string>()
  const fresh = new SyncClient(world.world.api, world.alice, { use_state_after: true })
  follow(anew, (await fresh.next())['rooms'].join[roomId], true)
  t.same(sorted(anew), await shared.present(), 'to who comes anew')
  await shared.forget()
  anew.clear()
  const filter = { room: { timeline: { limit: 1 } } }
  follow(anew, (await new SyncClient(world.world.api, world.alice, { filter }).next())['rooms'].join[roomId], false)
  t.same(sorted(anew), await shared.present(), 'and when the room was read anew')
})

t.test('who is thrown out by what was said elsewhere meanwhile learns of it', async (t) => {
  const dora = await world.world.register('dora')
  const shared = await world.found('11', { power_level_content_override: { users: { [ALICE]: 100, [BOB]: 100 } } })
  const { remote, roomId } = shared
  await shared.receive(remote.say(join(BOB)))
  const prev = remote.ends()
  await world.talk.join(dora, roomId)
  await shared.learn()
  const client = new SyncClient(world.world.api, dora)
  t.ok((await client.next())['rooms'].join[roomId])
  const closed = remote.say({ sender: BOB, type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'invite' }, prev })
  t.same(await shared.kinds(closed), ['accepted'])
  t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())))
  const isIn = Object.keys(await shared.present()).some((key) => key.endsWith(dora.userId))
  t.notOk(isIn, 'the join came after the room was closed')
  const rooms = (await client.next())['rooms']
  t.ok(rooms.leave?.[roomId], 'the room has left the client')
  t.match(await world.world.api.get('/_matrix/client/v3/joined_rooms', { token: dora.token }), { body: { joined_rooms: [] } })
})

t.test('what failed softly is told to nobody, nor is what was rejected', async (t) => {
  const shared = await world.found('11', { power_level_content_override: levels })
  const { remote, roomId } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const prev = remote.ends()
  const client = new SyncClient(world.world.api, world.alice)
  await client.next()
  await shared.receive(remote.say({ sender: BOB, type: 'm.room.member', stateKey: CAROL, content: { membership: 'ban' }, prev }))
  await client.next()
  const late = remote.say({ ...text(CAROL, 'behind your back'), prev })
  t.match(await shared.kinds(late), [/^soft-failed/])
  t.equal((await client.next())['rooms']?.join?.[roomId], undefined)
  t.notOk((await shared.shown()).includes(late))
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(late)}`
  t.match(await world.world.api.get(path, { token: world.alice.token }), { status: 404 })
  await world.talk.say(world.alice, roomId, 'well')
  t.same(saidIn((await client.next())['rooms'].join[roomId]), ['well'])
})

t.test('who speaks while the graph is forked brings it together', async (t) => {
  const shared = await world.found('11', { power_level_content_override: levels })
  const { remote, roomId } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const prev = remote.ends()
  await shared.receive(remote.say({ ...topic(BOB, 'one'), prev }), remote.say({ ...topic(CAROL, 'two'), prev, ts: 1 }))
  t.equal((await shared.room()).extremities().length, 2)
  await Promise.all([
    world.talk.set(world.alice, roomId, 'm.room.name', { name: 'together' }),
    shared.receive(remote.say({ ...text(BOB, 'meanwhile'), prev })),
    ...Array.from({ length: 10 }, (_, index) => world.talk.say(world.alice, roomId, `${index}`)),
  ])
  await world.talk.say(world.alice, roomId, 'last')
  await shared.learn()
  t.equal((await shared.room()).extremities().length, 1)
  t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())))
  for (const id of remote.listIds().slice(-10)) t.same(await shared.stateAfter(id), sorted(remote.stateAfter(id)))
})
