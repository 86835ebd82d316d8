import t from 'tap'
import { createTestServer } from '../support/server.ts'
import { saidIn, SyncClient, typesOf } from '../support/sync-client.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api, clock } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')

t.test('A first sync tells everything, the next what happened since', async (t) => {
  const client = new SyncClient(api, alice)
  const room = await talk.create(alice, { preset: 'public_chat', name: 'Garden' })
  await talk.say(alice, room, 'hello')
  const first = await client.next()
  const joined = first['rooms'].join[room]
  t.same(saidIn(joined), ['hello'])
  t.equal(joined.timeline.limited, false)
  t.same(typesOf(joined.timeline.events).slice(0, 2), ['m.room.create', `m.room.member ${alice.userId}`])
  t.same(joined.state.events, [], 'what the timeline shows is not repeated')
  t.match(joined.summary, { 'm.joined_member_count': 1, 'm.invited_member_count': 0 })
  t.match(joined.timeline.events.at(-1), { sender: alice.userId, unsigned: { age: Number, membership: 'join', transaction_id: String } })
  t.ok(first['account_data'].events.some((event: { type: string }) => event.type === 'm.push_rules'))
  t.match(first, { device_one_time_keys_count: {}, device_unused_fallback_key_types: [] })
  await talk.say(alice, room, 'again')
  const second = await client.next()
  t.same(saidIn(second['rooms'].join[room]), ['again'])
  t.same(second['rooms'].join[room].state.events, [])
  const third = await client.next()
  t.equal(third['rooms'], undefined)
  t.type(third['next_batch'], 'string')
})

t.test('Who waits is answered when something happens, or when the time is up', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, room)
  const client = new SyncClient(api, bob)
  await client.next()
  const waiting = client.next({ timeout: 30_000 })
  await talk.say(alice, room, 'wake up')
  const body = await waiting
  t.same(saidIn(body['rooms'].join[room]), ['wake up'])
  t.equal(body['rooms'].join[room].timeline.events[0].unsigned.transaction_id, undefined)
  t.same(body['rooms'].join[room].unread_notifications, { highlight_count: 0, notification_count: 1 })
  const empty = client.next({ timeout: 1_000 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  clock.advance(2_000)
  t.equal((await empty)['rooms'], undefined)
})
