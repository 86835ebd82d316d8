// What `hearth room check` and `room graph` say of rooms that are whole, and of some that are not.
import { sql } from 'kysely'
import t from 'tap'
import { RoomCheck } from '../../src/rooms/check/check-room.ts'
import { drawGraph } from '../../src/rooms/check/draw-graph.ts'
import { listNewestOfGraph } from '../../src/store/rooms/room-graph.ts'
import { testKeys } from '../support/remote-room.ts'
import { BOB, CAROL, join, text } from './receiving/people.ts'
import { RemoteWorld, type SharedRoom } from './receiving/remote-world.ts'

const world = await RemoteWorld.create(t)

async function checkRoom(shared: SharedRoom) {
  const room = await shared.room()
  const keys = testKeys(new Map([['localhost', world.world.services.signingKey]]))
  const check = new RoomCheck({ db: world.db, keys }, room)
  const found: string[] = []
  for await (const { kind, eventId, message } of check.run(() => undefined)) found.push(`${kind} ${eventId ?? 'room'} ${message}`)
  return { found, counts: check.counts }
}

/** A room with a fork in which one bans whom another lets speak. */
async function fork(version: string) {
  const users = { '@alice:localhost': 100, [BOB]: 100, [CAROL]: 50 }
  const shared = await world.found(version, { power_level_content_override: { users } })
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const prev = remote.ends()
  const ban = remote.say({ sender: BOB, type: 'm.room.member', stateKey: CAROL, content: { membership: 'ban' }, prev })
  const topic = remote.say({ sender: CAROL, type: 'm.room.topic', stateKey: '', content: { topic: 'mine' }, prev })
  const said = remote.say({ ...text(CAROL, 'still here'), prev: [topic] })
  for (const id of [topic, said, ban]) await shared.receive(id)
  await shared.receive(remote.say({ ...text(CAROL, 'too late'), prev: [said] }))
  await shared.receive(remote.say({ ...text(BOB, 'there'), prev: [ban, said] }))
  return { shared, ban, topic, said }
}

t.test('rooms that were received with forks are whole', async (t) => {
  for (const version of ['6', '10', '11']) {
    const { shared } = await fork(version)
    const { found, counts } = await checkRoom(shared)
    t.same(found, [], `version ${version}`)
    t.ok(counts.events > 10)
    t.equal(counts.withoutBody + counts.withoutKey, 0)
  }
})

t.test('a room that people of ours alone are in is whole, also with a redaction', async (t) => {
  const roomId = await world.talk.create(world.alice, { preset: 'public_chat', topic: 'before' })
  const eventId = await world.talk.say(world.alice, roomId, 'secret')
  await world.talk.redact(world.alice, roomId, eventId)
  const room = await world.world.services.rooms.get(roomId)
  const keys = testKeys(new Map([['localhost', world.world.services.signingKey]]))
  const check = new RoomCheck({ db: world.db, keys }, room)
  const found: unknown[] = []
  for await (const finding of check.run(() => undefined)) found.push(finding)
  t.same(found, [])
})

t.test('what was changed in the database is found', async (t) => {
  const { shared, said, topic, ban } = await fork('10')
  await sql`update event_bodies set json = replace(json, 'still here', 'never here')
    where event_nid = (select nid from events where event_id = ${said})`.execute(world.db)
  t.match((await checkRoom(shared)).found, [`hash ${said} Its content is not that which its hash was made of.`])
  await sql`update event_bodies set json = replace(json, 'never here', 'still here')
    where event_nid = (select nid from events where event_id = ${said})`.execute(world.db)
  await sql`update events set status = 1 where event_id = ${topic}`.execute(world.db)
  t.match((await checkRoom(shared)).found.join('\n'), `auth ${topic} It is stored as rejected, but the rules allow it.`)
  await sql`update events set status = 0 where event_id = ${topic}`.execute(world.db)
  await sql`update state_log set to_pos = from_pos where event_nid = (select nid from events where event_id = ${ban})`.execute(world.db)
  const [message] = (await checkRoom(shared)).found
  t.match(message, `state room m.room.member:${CAROL}: stored is nothing, the events lead to ${ban}`)
})

t.test('a graph can be drawn', async (t) => {
  const { shared, topic } = await fork('11')
  const room = await shared.room()
  const rows = await listNewestOfGraph(world.db, room.nid, 4)
  const drawn = drawGraph(room.roomId, rows, { withCitations: true })
  t.match(drawn, /^digraph "![^"]+" \{\n/)
  t.match(drawn, 'm.room.topic')
  t.ok(drawn.includes(topic.slice(0, 9)))
  t.equal(drawn.split('\n').filter((line) => / \[label="\$/.test(line)).length, 4)
  t.match(drawn, /\d+ -> \d+\n/)
  t.match(drawn, /style=dotted/)
})
