import t from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { createServer } from '../../../src/server.ts'
import { listBodyDays } from '../../../src/store/rooms/body-days.ts'
import { dayOf } from '../../../src/store/rooms/event-bodies.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { DAY_MS, HOUR_MS } from '../../../src/util/durations.ts'
import { silentLog } from '../../../src/util/log.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { SyncClient } from '../../support/sync-client.ts'
import { createUpkeepWorld, finishJobs, passTime, retentionOf, room, type UpkeepWorld } from './world.ts'

async function bodies(world: UpkeepWorld, roomId: string): Promise<Record<string, number>> {
  const rows = await world.query<{ class: number, count: number }>(`
    select event_bodies.body_class as class, count(*)::int as count from event_bodies
    join events on events.nid = event_nid join rooms on rooms.nid = room_nid
    where room_id = $1 and not is_state group by 1`, [roomId])
  return Object.fromEntries(rows.map((row) => [row.class, row.count]))
}

t.test('Messages of a room that says so are gone when their time is over', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({}))
  const { talk, api } = world
  const alice = await world.register('alice')
  const bob = await world.register('bob')
  const roomId = await talk.create(alice, { preset: 'public_chat' })
  const keptId = await talk.create(alice, {})
  await talk.join(bob, roomId)
  const set = await talk.set(alice, roomId, 'm.room.retention', { max_lifetime: HOUR_MS })
  const sync = new SyncClient(api, bob)
  await sync.next()
  const first = await talk.say(alice, roomId, 'first')
  await talk.say(alice, roomId, { 'm.relates_to': { rel_type: 'm.annotation', event_id: first, key: 'yes' } }, 'm.reaction')
  await talk.say(alice, keptId, 'kept')
  t.same(await bodies(world, roomId), { 2: 2 }, 'they are stored apart')
  t.same(await bodies(world, keptId), { 1: 1 })

  world.clock.advance(HOUR_MS - 60_000)
  const second = await talk.say(alice, roomId, 'second')
  t.same(await world.history(bob, roomId), ['second', 'first'])
  world.clock.advance(120_000)

  t.same(await world.history(bob, roomId), ['second'], 'it is not shown though it is still stored')
  t.same(await bodies(world, roomId), { 2: 3 })
  const token = bob.token
  t.match(await api.get(`${room(roomId)}/event/${encodeURIComponent(first)}`, { token }), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await api.get(`${room(roomId)}/context/${encodeURIComponent(first)}`, { token }), { status: 404 })
  const relations = `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(first)}`
  t.match(await api.get(relations, { token }), { status: 404 })
  const context = await api.get(`${room(roomId)}/context/${encodeURIComponent(second)}`, { token })
  t.notOk(context.text.includes('"first"'))
  const answer = await sync.next()
  const timeline = answer['rooms'].join[roomId].timeline.events as { content: { body?: string } }[]
  t.same(timeline.map(({ content }) => content.body), ['second'], 'nor is it in a sync that waited')
  t.match(await api.get(`${room(roomId)}/event/${encodeURIComponent(set)}`, { token }), { status: 200 }, 'state stays')
  t.same(await world.history(alice, keptId), ['kept'])

  await passTime(world, 2 * DAY_MS)
  t.same(await bodies(world, roomId), {}, 'then it is stored no more')
  t.same(await bodies(world, keptId), { 1: 1 })
  t.same(await world.history(alice, keptId), ['kept'])
  await talk.say(alice, roomId, 'later')
  t.same(await world.history(bob, roomId), ['later'], 'the room goes on')
})

t.test('Whole days go when the longest policy has passed, and shorter ones are taken from them', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({}))
  const { talk, clock } = world
  const alice = await world.register('alice')
  const short = await talk.create(alice, {})
  const long = await talk.create(alice, {})
  await talk.set(alice, short, 'm.room.retention', { max_lifetime: DAY_MS })
  await talk.set(alice, long, 'm.room.retention', { max_lifetime: 10 * DAY_MS })
  const database = openDatabase(world.connection, silentLog, 1)
  t.teardown(() => database.close())
  const today = dayOf(clock.now())
  t.same((await listBodyDays(database.db)).map(({ from }) => from - today), [0, 1, 2, 3, 4, 5, 6, 7], 'there are places for a week')
  const image = { msgtype: 'm.image', body: 'long', url: 'mxc://localhost/picture' }
  for (const roomId of [short, long]) await talk.say(alice, roomId, roomId === long ? image : 'short')

  const days = (): Promise<number[]> => listBodyDays(database.db).then((all) => all.map(({ from }) => from - today))
  await passTime(world, 3 * DAY_MS)
  t.same(await bodies(world, short), {})
  t.same(await bodies(world, long), { 2: 1 })
  t.ok((await days()).includes(0), 'the day is still there for the other room')
  t.same(await world.query('select mxc from event_media'), [{ mxc: 'mxc://localhost/picture' }])

  await passTime(world, 9 * DAY_MS)
  t.same(await bodies(world, long), {})
  t.notOk((await days()).includes(0), 'the day is gone as a whole')
  t.same(await world.query(`select relname from pg_class where relname = $1`, [`event_bodies_day_${today}`]), [])
  t.same(await world.query('select mxc from event_media'), [], 'and so is what is known of the media')
  t.equal((await days()).at(-1), 12 + 7, 'days ahead were made meanwhile')
  t.same(await world.query('select day from retention_days where day = $1', [today]), [])
})

t.test('A change of policy moves what is stored', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({}))
  const { talk, clock } = world
  const alice = await world.register('alice')
  const roomId = await talk.create(alice, {})
  await talk.say(alice, roomId, 'old')
  clock.advance(3 * DAY_MS)
  await talk.say(alice, roomId, 'new')
  t.same(await bodies(world, roomId), { 1: 2 })
  const policy = await talk.set(alice, roomId, 'm.room.retention', { max_lifetime: 5 * DAY_MS })
  await world.finishJobs()
  t.same(await bodies(world, roomId), { 2: 2 })
  t.same(await world.history(alice, roomId), ['new', 'old'])
  await talk.set(alice, roomId, 'm.room.retention', { max_lifetime: DAY_MS })
  t.same(await world.history(alice, roomId), ['new'])
  await world.finishJobs()
  t.same(await bodies(world, roomId), { 2: 1 }, 'what is past its time under the new one goes at once')
  await talk.set(alice, roomId, 'm.room.retention', {})
  await world.finishJobs()
  t.same(await bodies(world, roomId), { 1: 1 })
  await passTime(world, 3 * DAY_MS)
  t.same(await world.history(alice, roomId), ['new'], 'nothing expires any more')
  t.ok(policy)
  const again = await talk.set(alice, roomId, 'm.room.retention', { max_lifetime: 60 * DAY_MS })
  await world.finishJobs()
  t.same(await bodies(world, roomId), { 2: 1 })
  await talk.redact(alice, roomId, again)
  await world.finishJobs()
  t.same(await bodies(world, roomId), { 1: 2 }, 'a redacted policy says nothing')
})

t.test('The server has a default policy and bounds', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({
    defaultPolicy: { minLifetimeMs: undefined, maxLifetimeMs: 2 * DAY_MS }, allowedLifetimeMinMs: DAY_MS, allowedLifetimeMaxMs: 4 * DAY_MS,
  }))
  const { talk, api, services } = world
  const alice = await world.register('alice')
  const silent = await talk.create(alice, {})
  const hasty = await talk.create(alice, {})
  const hoarding = await talk.create(alice, { initial_state: [{ type: 'm.room.retention', content: { max_lifetime: 90 * DAY_MS } }] })
  await talk.set(alice, hasty, 'm.room.retention', { max_lifetime: 1_000 })
  for (const roomId of [silent, hasty, hoarding]) await talk.say(alice, roomId, 'something')
  const shown = async (): Promise<number[]> => (
    Promise.all([silent, hasty, hoarding].map(async (roomId) => (await world.history(alice, roomId)).length))
  )
  world.clock.advance(DAY_MS - 1_000)
  t.same(await shown(), [1, 1, 1])
  world.clock.advance(2_000)
  t.same(await shown(), [1, 0, 1])
  world.clock.advance(DAY_MS)
  t.same(await shown(), [0, 0, 1])
  world.clock.advance(2 * DAY_MS)
  t.same(await shown(), [0, 0, 0])
  t.equal(services.retentionPolicies.longest(), 4 * DAY_MS)

  const put = (body: object): Promise<object> => api.put(`${room(silent)}/state/m.room.retention`, { token: alice.token, body })
  t.match(await put({ max_lifetime: 'long' }), { status: 400, body: { errcode: 'M_BAD_JSON' } })
  t.match(await put({ max_lifetime: 1, min_lifetime: 2 }), { status: 400, body: { errcode: 'M_BAD_JSON' } })
  t.match(await put({ max_lifetime: null }), { status: 200 })
})

t.test('A day that was being taken away when the server stopped goes at the next time', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({ defaultPolicy: { minLifetimeMs: undefined, maxLifetimeMs: DAY_MS } }))
  const { clock } = world
  const alice = await world.register('alice')
  await world.talk.say(alice, await world.talk.create(alice, {}), 'something')
  const today = dayOf(clock.now())
  await world.query(`alter table event_bodies_expiring detach partition event_bodies_day_${today}`)
  await passTime(world, 3 * DAY_MS)
  t.same(await world.query('select 1 from pg_class where relname = $1', [`event_bodies_day_${today}`]), [])
})

t.test('Where bodies are kept for very long, a table holds several days', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({ defaultPolicy: { minLifetimeMs: undefined, maxLifetimeMs: 4_000 * DAY_MS } }))
  const bounds = await world.query<{ bound: string }>(`
    select pg_get_expr(relpartbound, pg_class.oid) as bound from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'event_bodies_expiring'::regclass`)
  t.ok(bounds.length <= 2)
  const alice = await world.register('alice')
  const roomId = await world.talk.create(alice, {})
  await world.talk.say(alice, roomId, 'something')
  t.same(await bodies(world, roomId), { 2: 1 })
  t.same(await world.history(alice, roomId), ['something'])
})

t.test('The default policy may come later, and go again', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({}))
  const alice = await world.register('alice')
  const roomId = await world.talk.create(alice, {})
  await world.talk.say(alice, roomId, 'something')
  await world.finishJobs()
  t.same(await bodies(world, roomId), { 1: 1 })
  const restart = async (changes: Partial<Config['retention']>): Promise<void> => {
    const config = { ...world.services.config, ...retentionOf(changes) }
    const server = await createServer({
      config, connection: world.connection, clock: world.clock, random: systemRandom, log: silentLog, version: '0.0.0',
    })
    await finishJobs({ services: server.services, clock: world.clock })
    const closed = server.close()
    world.clock.advance(10_000)
    await closed
  }
  const stopped = world.server.close()
  world.clock.advance(10_000)
  await stopped
  await restart({ defaultPolicy: { minLifetimeMs: undefined, maxLifetimeMs: 9 * DAY_MS } })
  t.same(await bodies(world, roomId), { 2: 1 })
  await restart({ enabled: false })
  t.same(await bodies(world, roomId), { 2: 1 }, 'nothing is touched while nothing expires')
  world.clock.advance(12 * DAY_MS)
  await restart({})
  t.same(await bodies(world, roomId), { 1: 1 }, 'what is kept again was not dropped with its day')
})

t.test('Where nothing expires, policies are only remembered', async (t) => {
  const world = await createUpkeepWorld(t)
  const alice = await world.register('alice')
  const roomId = await world.talk.create(alice, {})
  await world.talk.set(alice, roomId, 'm.room.retention', { max_lifetime: 1_000 })
  await world.talk.say(alice, roomId, 'said')
  world.clock.advance(DAY_MS)
  t.same(await world.history(alice, roomId), ['said'])
  t.same(await bodies(world, roomId), { 1: 1 })
})

t.test('Bodies are looked for in the table of their day only, however many days there are', async (t) => {
  const world = await createUpkeepWorld(t, retentionOf({ defaultPolicy: { minLifetimeMs: undefined, maxLifetimeMs: 9 * DAY_MS } }))
  const today = dayOf(world.clock.now())
  const plans = async (text: string): Promise<string> => (
    (await world.query<{ 'QUERY PLAN': string }>(`explain ${text}`)).map((row) => row['QUERY PLAN']).join('\n')
  )
  const one = await plans(`select json from event_bodies where body_class in (1, 2) and received_day = any('{${today}}'::int[])
    and event_nid = any('{1,2}'::bigint[])`)
  t.match(one, `event_bodies_day_${today}`)
  t.notMatch(one, `event_bodies_day_${today + 1}`)
  const kept = await plans(`select json from events left join event_bodies on event_bodies.event_nid = events.nid
    and event_bodies.body_class in (0, 1) and event_bodies.body_class = events.body_class
    and event_bodies.received_day = (events.received_at / 86400000)::int where events.nid = any('{1,2}'::bigint[])`)
  t.notMatch(kept, 'event_bodies_day', 'whose messages are kept pays nothing for those of others')
})
