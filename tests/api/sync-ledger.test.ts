import t from 'tap'
import { createTestServer, type TestUser } from '../support/server.ts'
import { SyncClient, type SyncBody } from '../support/sync-client.ts'
import { Talk } from '../support/talk.ts'

const SENDERS = 4
const MESSAGES = 60

const server = await createTestServer(t)
const { api } = server
const talk = new Talk(api)
const users: TestUser[] = []
for (let index = 0; index < SENDERS; index += 1) users.push(await server.register(`user${index}`))
const [owner] = users as [TestUser]
const V3 = '/_matrix/client/v3'

interface Ledger { readonly events: string[], readonly counts: number[] }

const timelineOf = (body: SyncBody, room: string, kind = 'join'): SyncBody[] => body['rooms']?.[kind]?.[room]?.timeline.events ?? []

/** Follows one room by long-poll until it is over; fills each gap by /messages, as a client does. */
async function follow(client: SyncClient, room: string, isOver: (ledger: Ledger) => boolean): Promise<Ledger> {
  const ledger: Ledger = { events: [], counts: [] }
  while (!isOver(ledger)) {
    const since = client.token ?? ''
    const body = await client.next({ timeout: 30_000 })
    const joined: SyncBody | undefined = body['rooms']?.join?.[room]
    if (joined === undefined) continue
    if (joined['timeline'].limited) ledger.events.push(...await fill(client.user, room, joined['timeline'].prev_batch, since))
    ledger.events.push(...timelineOf(body, room).map((event) => event['event_id']))
    ledger.counts.push(joined['unread_notifications'].notification_count)
  }
  return ledger
}

async function fill(user: TestUser, room: string, from: string, to: string): Promise<string[]> {
  const found: string[] = []
  for (let next: string | undefined = from; next !== undefined;) {
    const search = new URLSearchParams({ dir: 'b', from: next, to, limit: '50' })
    const page = await api.get(`${V3}/rooms/${encodeURIComponent(room)}/messages?${search}`, { token: user.token })
    if (page.status !== 200) throw new Error(page.text)
    found.push(...page.body['chunk'].map((event: SyncBody) => event['event_id']))
    next = page.body['end']
  }
  return found.toReversed()
}

t.test('Nothing is missing, double or out of order for anybody who follows while many speak', async (t) => {
  const room = await talk.create(owner, { preset: 'public_chat' })
  for (const user of users.slice(1)) await talk.join(user, room)
  const sent: string[] = []
  const isOver = ({ events }: Ledger): boolean => sent.length === SENDERS * MESSAGES && sent.every((eventId) => events.includes(eventId))
  const narrow = { room: { timeline: { limit: 2 }, state: { lazy_load_members: true } } }
  const clients = users.flatMap((user) => [
    new SyncClient(api, user, { set_presence: 'offline' }), new SyncClient(api, user, { set_presence: 'offline', filter: narrow }),
  ])
  for (const client of clients) await client.next()
  const followers = clients.map((client) => follow(client, room, isOver))
  await Promise.all(users.map(async (user) => {
    for (let index = 0; index < MESSAGES; index += 1) {
      sent.push(await talk.say(user, room, `${user.userId} ${index}`))
      if (index % 20 === 0) await talk.set(user, room, 'm.room.member', { membership: 'join', displayname: `name ${index}` }, user.userId)
    }
  }))
  // Who waits for the last of them was told already, or is told by this one.
  await talk.say(owner, room, 'the end')
  const ledgers = await Promise.all(followers)
  const order = await fill(owner, room, (await new SyncClient(api, owner).next())['next_batch'], 's0_0_0_0_0')
  for (const [index, { events }] of ledgers.entries()) {
    t.equal(new Set(events).size, events.length, `follower ${index} got nothing twice`)
    const first = order.indexOf(events[0] ?? '')
    t.same(events, order.slice(first, first + events.length), `follower ${index} got everything in the one order`)
  }
})

t.test('Who writes reads it with the next sync, whoever else writes meanwhile', async (t) => {
  const room = await talk.create(owner, { preset: 'public_chat' })
  for (const user of users.slice(1)) await talk.join(user, room)
  const missed: string[] = []
  await Promise.all(users.map(async (user) => {
    const client = new SyncClient(api, user, { filter: { room: { timeline: { limit: 100 } } } })
    await client.next()
    for (let index = 0; index < 20; index += 1) {
      const eventId = await talk.say(user, room, `mine ${index}`)
      const body = await client.next()
      if (!timelineOf(body, room).some((event) => event['event_id'] === eventId)) missed.push(eventId)
    }
  }))
  t.same(missed, [])
})

t.test('Rooms that are joined and left while one follows are told without a contradiction', async (t) => {
  const [alice, bob] = users as [TestUser, TestUser]
  const room = await talk.create(alice, { preset: 'public_chat' })
  const client = new SyncClient(api, bob, { set_presence: 'offline', filter: { room: { timeline: { limit: 100 } } } })
  await client.next()
  let isDone = false
  const moves = (async () => {
    for (let index = 0; index < 15; index += 1) {
      await talk.join(bob, room)
      await talk.say(alice, room, `inside ${index}`)
      await talk.leave(bob, room)
      await talk.say(alice, room, `outside ${index}`)
    }
    isDone = true
  })()
  const seen: string[] = []
  const look = (body: SyncBody): void => {
    for (const kind of ['join', 'leave']) seen.push(...timelineOf(body, room, kind).map((event) => event['content'].body ?? ''))
  }
  while (!isDone) look(await client.next())
  await moves
  look(await client.next())
  const inside = Array.from({ length: 15 }, (_, index) => `inside ${index}`)
  t.same(inside.filter((text) => !seen.includes(text)), [], 'everything that was said while one was in is there')
  t.notOk(seen.includes('outside 14'), 'and nothing after the last leave')
})
