import t from 'tap'
import { V3 } from '../support/api.ts'
import { inTime } from '../support/in-time.ts'
import { createTestServer, type TestUser } from '../support/server.ts'
import { SyncClient, type SyncBody } from '../support/sync-client.ts'
import { Talk } from '../support/talk.ts'

const SENDERS = 4
const MESSAGES = 30
const THE_END = 'the end'
/** Who hears nothing for so many turns after everything was said has missed it. */
const SILENT_TURNS_MAX = 40

const server = await createTestServer(t)
const { api, clock } = server
const talk = new Talk(api)
const users: TestUser[] = []
for (let index = 0; index < SENDERS; index += 1) users.push(await server.register(`user${index}`))
const [owner] = users as [TestUser]

/** What a follower was told of each room, in the order in which it came. */
type Ledger = Map<string, string[]>

const timelineOf = (body: SyncBody, room: string, kind = 'join'): SyncBody[] => body['rooms']?.[kind]?.[room]?.timeline.events ?? []

/**
 * Follows rooms by long-poll until the last words in each, or until nothing comes any more although all was said; fills each
 * gap by /messages, as a client does.
 */
async function follow(client: SyncClient, rooms: readonly string[], isAllSaid: () => boolean): Promise<Ledger> {
  const ledger: Ledger = new Map(rooms.map((room) => [room, []]))
  const open = new Set(rooms)
  let silentTurns = 0
  while (open.size > 0 && silentTurns < SILENT_TURNS_MAX) {
    const since = client.token ?? ''
    const wasAllSaid = isAllSaid()
    const body = await client.next({ timeout: 1_000 })
    const told = rooms.filter((room) => timelineOf(body, room).length > 0)
    silentTurns = told.length === 0 && wasAllSaid ? silentTurns + 1 : 0
    for (const room of told) {
      const { limited, prev_batch: from } = body['rooms'].join[room].timeline
      const events = timelineOf(body, room)
      const missed = limited === true ? await fill(client.user, room, from, since) : []
      ledger.get(room)?.push(...missed, ...events.map((event) => event['event_id']))
      if (events.some((event) => event['content'].body === THE_END)) open.delete(room)
    }
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
  const rooms = await Promise.all(Array.from({ length: 3 }, () => talk.create(owner, { preset: 'public_chat' })))
  for (const user of users.slice(1)) for (const room of rooms) await talk.join(user, room)
  const narrow = { room: { timeline: { limit: 2 }, state: { lazy_load_members: true } } }
  const clients = users.flatMap((user) => [
    new SyncClient(api, user, { set_presence: 'offline' }), new SyncClient(api, user, { set_presence: 'offline', filter: narrow }),
  ])
  for (const client of clients) await client.next()
  let isAllSaid = false
  const said = Promise.all(users.map(async (user, at) => {
    for (let index = 0; index < MESSAGES; index += 1) {
      const room = rooms[(at + index) % rooms.length] ?? ''
      await talk.say(user, room, `${user.userId} ${index}`)
      if (index % 10 === 0) await talk.set(user, room, 'm.room.member', { membership: 'join', displayname: `name ${index}` }, user.userId)
    }
  })).then(async () => {
    for (const room of rooms) await talk.say(owner, room, THE_END)
    isAllSaid = true
  })
  const followed = Promise.all(clients.map((client) => follow(client, rooms, () => isAllSaid)))
  const [ledgers] = await inTime(clock, Promise.all([followed, said]), 100)
  const now = (await new SyncClient(api, owner).next())['next_batch']
  for (const [number, room] of rooms.entries()) {
    const order = await fill(owner, room, now, 's0_0_0_0_0')
    for (const [index, ledger] of ledgers.entries()) {
      const events = ledger.get(room) ?? []
      t.equal(new Set(events).size, events.length, `follower ${index} got nothing of room ${number} twice`)
      t.same(events, order.slice(order.indexOf(events[0] ?? '')), `follower ${index} got everything in the one order`)
    }
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
