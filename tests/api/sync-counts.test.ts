import t from 'tap'
import { roomPath, V3 } from '../support/api.ts'
import { createTestServer, type TestUser } from '../support/server.ts'
import { joinedIn, SyncClient } from '../support/sync-client.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')
const THREADS = { room: { timeline: { unread_thread_notifications: true } } }

async function meet(): Promise<string> {
  const room = await talk.create(alice, { preset: 'public_chat', name: 'Counted' })
  await talk.join(bob, room)
  return room
}

/** What a client sees at present, all told: a fresh one and one that follows must agree. */
async function counts(
  t: { same(found: unknown, wanted: unknown, message: string): unknown }, client: SyncClient, room: string,
): Promise<[number, number]> {
  const followed = joinedIn(await client.next(), room)?.['unread_notifications']
  const fresh = joinedIn(await new SyncClient(api, client.user).next(), room)?.['unread_notifications']
  if (followed !== undefined) t.same(followed, fresh, 'following and coming anew tell the same')
  return [fresh.notification_count, fresh.highlight_count]
}

async function read(
  user: TestUser, room: string, eventId: string, { type = 'm.read', thread }: { type?: string, thread?: string } = {},
): Promise<void> {
  const body = thread === undefined ? {} : { thread_id: thread }
  const answer = await api.post(roomPath(room, `receipt/${type}/${encodeURIComponent(eventId)}`), { token: user.token, body })
  if (answer.status !== 200) throw new Error(answer.text)
}

const reply = (root: string, body: string) => ({ msgtype: 'm.text', body, 'm.relates_to': { rel_type: 'm.thread', event_id: root } })
const mention = (body: string, user: TestUser) => ({ msgtype: 'm.text', body, 'm.mentions': { user_ids: [user.userId] } })

t.test('Messages of others count until they are read', async (t) => {
  const room = await meet()
  const client = new SyncClient(api, bob)
  t.same(await counts(t, client, room), [0, 0])
  const first = await talk.say(alice, room, 'one')
  t.same(await counts(t, client, room), [1, 0])
  const second = await talk.say(alice, room, mention('two', bob))
  t.same(await counts(t, client, room), [2, 1], 'a mention is a highlight')
  await talk.say(alice, room, { msgtype: 'm.notice', body: 'notices do not count' })
  await talk.say(alice, room, { 'm.relates_to': { rel_type: 'm.annotation', event_id: first, key: 'x' } }, 'm.reaction')
  await talk.set(alice, room, 'm.room.topic', { topic: 'nor does state' })
  t.same(await counts(t, client, room), [2, 1])
  await read(bob, room, first)
  t.same(await counts(t, client, room), [1, 1], 'what came after the receipt is counted still')
  const third = await talk.say(alice, room, 'three')
  await read(bob, room, third)
  t.same(await counts(t, client, room), [0, 0])
  await read(bob, room, second)
  t.same(await counts(t, client, room), [0, 0], 'a receipt never goes back')
})

t.test('A private receipt counts as much as a public one', async (t) => {
  const room = await meet()
  const client = new SyncClient(api, bob)
  await client.next()
  const others = new SyncClient(api, alice)
  await talk.say(alice, room, 'one')
  const second = await talk.say(alice, room, 'two')
  await others.next()
  await read(bob, room, second, { type: 'm.read.private' })
  const body = await client.next()
  t.match(
    joinedIn(body, room)['ephemeral'].events,
    [{ type: 'm.receipt', content: { [second]: { 'm.read.private': { [bob.userId]: { ts: Number } } } } }],
  )
  t.same(joinedIn(body, room)['unread_notifications'], { highlight_count: 0, notification_count: 0 })
  t.equal(joinedIn(await others.next(), room), undefined, 'nobody else is told')
})

t.test('Who says something has read what was said before', async (t) => {
  const room = await meet()
  const client = new SyncClient(api, bob)
  await talk.say(alice, room, 'a question')
  t.same(await counts(t, client, room), [1, 0])
  await talk.say(bob, room, 'an answer')
  t.same(await counts(t, client, room), [0, 0])
})

t.test('Threads are counted by themselves for who asks for that', async (t) => {
  const room = await meet()
  const flat = new SyncClient(api, bob)
  const threaded = new SyncClient(api, bob, { filter: THREADS })
  const root = await talk.say(alice, room, 'root')
  const other = await talk.say(alice, room, 'other root')
  await talk.say(alice, room, reply(root, 'in the thread'))
  const last = await talk.say(alice, room, reply(root, 'again'))
  await talk.say(alice, room, { ...reply(other, 'there'), 'm.mentions': { user_ids: [bob.userId] } })
  t.same(joinedIn(await flat.next(), room)['unread_notifications'], { highlight_count: 1, notification_count: 5 })
  const joined = joinedIn(await threaded.next(), room)
  t.same(joined['unread_notifications'], { highlight_count: 0, notification_count: 2 })
  t.same(joined['unread_thread_notifications'], {
    [root]: { highlight_count: 0, notification_count: 2 }, [other]: { highlight_count: 1, notification_count: 1 },
  })
  await read(bob, room, last, { thread: root })
  const readThread = joinedIn(await threaded.next(), room)
  t.same(readThread['unread_notifications'], { highlight_count: 0, notification_count: 2 })
  t.same(readThread['unread_thread_notifications'], { [other]: { highlight_count: 1, notification_count: 1 } })
  await read(bob, room, other, { thread: 'main' })
  t.same(joinedIn(await threaded.next(), room)['unread_notifications'], { highlight_count: 0, notification_count: 0 })
  await read(bob, room, last)
  t.same(
    joinedIn(await threaded.next(), room)['unread_thread_notifications'],
    { [other]: { highlight_count: 1, notification_count: 1 } },
    'what came later is unread',
  )
  t.same(joinedIn(await flat.next(), room)['unread_notifications'], { highlight_count: 1, notification_count: 1 })
})

t.test('The rules of the user decide', async (t) => {
  const room = await meet()
  const client = new SyncClient(api, bob)
  await client.next()
  const rule = `${V3}/pushrules/global/room/${encodeURIComponent(room)}`
  t.equal((await api.put(rule, { token: bob.token, body: { actions: [] } })).status, 200)
  await talk.say(alice, room, 'muted')
  t.same(await counts(t, client, room), [0, 0])
  await api.put(
    `${V3}/pushrules/global/content/word`,
    { token: bob.token, body: { pattern: 'tea*', actions: ['notify', { set_tweak: 'highlight' }] } },
  )
  await talk.say(alice, room, 'time for Teatime')
  t.same(await counts(t, client, room), [1, 1])
})

t.test('What was said before the join, or while away, does not count', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.say(alice, room, 'before')
  await talk.join(bob, room)
  const client = new SyncClient(api, bob)
  t.same(await counts(t, client, room), [0, 0])
  await talk.say(alice, room, 'unread')
  t.same(await counts(t, client, room), [1, 0])
  await talk.set(bob, room, 'm.room.member', { membership: 'join', displayname: 'Bobby' }, bob.userId)
  t.same(await counts(t, client, room), [1, 0], 'another name changes nothing')
  await talk.leave(bob, room)
  await talk.say(alice, room, 'while away')
  await talk.join(bob, room)
  t.same(await counts(t, client, room), [0, 0])
})

t.test('Counts hold across long absences', async (t) => {
  const room = await meet()
  const client = new SyncClient(api, bob)
  await client.next()
  const events: string[] = []
  for (let index = 0; index < 90; index += 1) events.push(await talk.say(alice, room, `message ${index}`))
  t.same(await counts(t, client, room), [90, 0], 'more than memory holds')
  await read(bob, room, events[9] ?? '')
  t.same(await counts(t, client, room), [80, 0])
  await read(bob, room, events[89] ?? '')
  t.same(await counts(t, client, room), [0, 0])
})
