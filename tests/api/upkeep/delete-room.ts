import t from 'tap'
import { createServer, type Server } from '../../../src/server.ts'
import { TABLES_OF_MEMBERS, TABLES_OF_ROOMS } from '../../../src/store/rooms/purge.ts'
import { DAY_MS } from '../../../src/util/durations.ts'
import { silentLog } from '../../../src/util/log.ts'
import { systemRandom } from '../../../src/util/random.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { SyncClient } from '../../support/sync-client.ts'
import { createUpkeepWorld, finishJobs, room } from './world.ts'

const world = await createUpkeepWorld(t)
const { talk, api, admin, query } = world
const token = admin.token
const ADMIN = '/_synapse/admin'
const path = (roomId: string): string => `${ADMIN}/v2/rooms/${encodeURIComponent(roomId)}`
const joinPath = (roomId: string): string => `${room(roomId)}/join`

/** All that is stored of a room, by table. */
async function rowsOf(nid: number): Promise<Record<string, number>> {
  const tables = [...TABLES_OF_ROOMS, ...TABLES_OF_MEMBERS, 'events']
  const counts = await Promise.all(tables.map(async (table) => {
    const [row] = await query<{ count: number }>(`select count(*)::int as count from ${table} where room_nid = $1`, [nid])
    return [table, row?.count ?? 0] as const
  }))
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

// deleteRoom, getRoomDeletion, getRoomDeletions, getRoomBlock, setRoomBlock
t.test('A room is deleted with all that is stored of it', async (t) => {
  const alice = await world.register('alice')
  const bob = await world.register('bob')
  const carol = await world.register('carol')
  const roomId = await talk.create(alice, { preset: 'public_chat', visibility: 'public', room_alias_name: 'doomed' })
  await talk.join(bob, roomId)
  await talk.invite(alice, roomId, carol)
  const said = await talk.say(alice, roomId, { msgtype: 'm.image', body: 'a picture', url: 'mxc://localhost/doomed' })
  await api.post(`${room(roomId)}/receipt/m.read/${encodeURIComponent(said)}`, { token: bob.token, body: {} })
  await api.put(`/_matrix/client/v3/user/${encodeURIComponent(bob.userId)}/rooms/${encodeURIComponent(roomId)}/tags/u.work`, {
    token: bob.token, body: {},
  })
  const sleeper = new SyncClient(api, bob)
  await sleeper.next()
  const { nid } = await world.services.rooms.get(roomId)
  t.match(await rowsOf(nid), { events: Number, state_log: Number, receipts: 1, account_data: 1, room_aliases: 1, room_summaries: 1 })

  t.match(await api.delete(path(roomId), { token: alice.token, body: {} }), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await api.delete(path('!unknown:localhost'), { token, body: {} }), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await api.delete(path(roomId), { token, body: { new_room_user_id: '@x:elsewhere' } }), { status: 400 })
  const begun = await api.delete(path(roomId), { token, body: { block: true } })
  t.match(begun, { status: 200, body: { delete_id: String } })
  t.match(await api.delete(path(roomId), { token, body: {} }), { status: 400, body: { errcode: 'M_UNKNOWN' } })
  const deletionPath = `${ADMIN}/v2/rooms/delete_status/${String(begun.body['delete_id'])}`
  t.match((await api.get(deletionPath, { token })).body, { room_id: roomId, status: /scheduled|active/ })
  await world.finishJobs()

  const shutdown = {
    kicked_users: [alice.userId, bob.userId, carol.userId], failed_to_kick_users: [], local_aliases: ['#doomed:localhost'],
    new_room_id: null,
  }
  const deletion = { delete_id: begun.body['delete_id'], room_id: roomId, status: 'complete', shutdown_room: shutdown }
  const answer = await api.get(deletionPath, { token })
  t.same({ ...answer.body, shutdown_room: { ...answer.body['shutdown_room'], kicked_users: shutdown.kicked_users } }, deletion)
  t.same((answer.body['shutdown_room'].kicked_users as string[]).toSorted(), shutdown.kicked_users)
  t.match((await api.get(`${path(roomId)}/delete_status`, { token })).body, { results: [{ status: 'complete' }] })
  t.match(await api.get(`${path('!other:localhost')}/delete_status`, { token }), { status: 404 })
  t.match(await api.get(`${ADMIN}/v2/rooms/delete_status/4711`, { token }), { status: 404 })
  t.match(await api.get(deletionPath, { token: bob.token }), { status: 403 })

  t.same(await rowsOf(nid), {})
  t.same(await query(`select 1 from event_bodies where event_nid not in (select nid from events)`), [], 'no body stays behind')
  t.same(await query(`select 1 from event_media where mxc = 'mxc://localhost/doomed'`), [])
  t.match(await api.get('/_matrix/client/v3/directory/room/%23doomed%3Alocalhost', { token: bob.token }), { status: 404 })
  t.match(await api.get(`${room(roomId)}/messages?dir=b`, { token: bob.token }), { status: 403 })
  const woken = await sleeper.next()
  t.match(woken['rooms'].leave[roomId], { timeline: { events: [] }, state: { events: [] } }, 'who was away learns that he is out')
  t.same((await api.get('/_matrix/client/v3/joined_rooms', { token: bob.token })).body, { joined_rooms: [] })

  const block = `${ADMIN}/v1/rooms/${encodeURIComponent(roomId)}/block`
  t.same((await api.get(block, { token })).body, { block: true, user_id: admin.userId })
  t.match(await api.get(block, { token: bob.token }), { status: 403 })
  t.same((await api.put(block, { token, body: { block: false } })).body, { block: false })
  t.same((await api.get(block, { token })).body, { block: false })

  await world.services.upkeep.chores.at(-1)?.run()
  t.equal((await query('select 1 from rooms where nid = $1', [nid])).length, 1)
  await query('update rooms set deleted_at = deleted_at - $2::bigint where nid = $1', [nid, 91 * DAY_MS])
  await world.services.upkeep.chores.at(-1)?.run()
  t.same(await query('select 1 from rooms where nid = $1', [nid]), [], 'in the end nothing is left')
  t.same(await query('select 1 from memberships where room_nid = $1', [nid]), [])
})

t.test('A room that is blocked lets nobody in', async (t) => {
  const dora = await world.register('dora')
  const emil = await world.register('emil')
  const lena = await world.register('lena')
  const roomId = await talk.create(dora, { preset: 'public_chat' })
  await talk.join(lena, roomId)
  await api.put(`${ADMIN}/v1/rooms/${encodeURIComponent(roomId)}/block`, { token, body: { block: true } })
  t.match(await api.post(joinPath(roomId), { token: emil.token, body: {} }), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await api.post(`${room(roomId)}/invite`, { token: dora.token, body: { user_id: emil.userId } }), { status: 403 })
  await talk.say(dora, roomId, 'who is in stays in')
  await talk.leave(lena, roomId)
  await api.put(`${ADMIN}/v1/rooms/${encodeURIComponent(roomId)}/block`, { token, body: { block: false } })
  t.match(await api.post(joinPath(roomId), { token: emil.token, body: {} }), { status: 200 })
  const unknown = await api.delete(path('!never:seen.example'), { token, body: { block: true } })
  t.match(unknown, { status: 200 })
  await world.finishJobs()
  t.match((await api.get(`${path('!never:seen.example')}/delete_status`, { token })).body, { results: [{ status: 'complete' }] })
})

t.test('Its members may be brought into another room, and the room kept', async (t) => {
  const fred = await world.register('fred')
  const gina = await world.register('gina')
  const roomId = await talk.create(fred, { preset: 'public_chat', room_alias_name: 'moving' })
  await talk.join(gina, roomId)
  await talk.say(fred, roomId, 'what was said')
  await api.delete(path(roomId), {
    token, body: { new_room_user_id: admin.userId, room_name: 'The end', message: 'That was it.', purge: false },
  })
  await world.finishJobs()
  const { body } = await api.get(`${path(roomId)}/delete_status`, { token })
  const { shutdown_room: shutdown, status } = body['results'][0]
  t.equal(status, 'complete')
  const newRoomId = String(shutdown.new_room_id)
  t.same((await api.get('/_matrix/client/v3/joined_rooms', { token: gina.token })).body, { joined_rooms: [newRoomId] })
  t.same(await world.history(gina, newRoomId), ['That was it.'])
  t.match(await api.get(`${room(newRoomId)}/state/m.room.name`, { token: gina.token }), { body: { name: 'The end' } })
  t.match(await api.put(`${room(newRoomId)}/send/m.room.message/1`, { token: gina.token, body: { msgtype: 'm.text', body: 'no' } }), {
    status: 403,
  })
  t.match(await api.get('/_matrix/client/v3/directory/room/%23moving%3Alocalhost', { token: gina.token }), {
    body: { room_id: newRoomId },
  })
  t.same(await world.history(fred, roomId), ['what was said'], 'who was in the room can still look back')
})

t.test('Nobody comes into a room that is being deleted, and who cannot leave is put out', async (t) => {
  const ida = await world.register('ida')
  const jan = await world.register('jan')
  const roomId = await talk.create(ida, { preset: 'public_chat' })
  const { nid } = await world.services.rooms.get(roomId)
  const watcher = new SyncClient(api, ida)
  await watcher.next()
  // Nothing can be built in a room that was never created.
  await query(`delete from state_log where room_nid = $1 and key_nid = (select nid from state_keys where type = 'm.room.create')`, [nid])
  await world.services.rooms.forget(roomId)
  const kept = await api.delete(path(roomId), { token, body: {} })
  t.match(await api.post(joinPath(roomId), { token: jan.token, body: {} }), { status: 403 })
  await world.finishJobs()
  const deletionOf = async (answer: typeof kept): Promise<Record<string, any>> => (
    (await api.get(`${ADMIN}/v2/rooms/delete_status/${String(answer.body['delete_id'])}`, { token })).body
  )
  const failure = { status: 'failed', error: /still in the room/, shutdown_room: { failed_to_kick_users: [ida.userId] } }
  t.match(await deletionOf(kept), failure)
  t.not((await rowsOf(nid))['events'], undefined)
  const forced = await api.delete(path(roomId), { token, body: { force_purge: true } })
  await world.finishJobs()
  t.match(await deletionOf(forced), { status: 'complete', shutdown_room: { failed_to_kick_users: [ida.userId] } })
  t.same(await rowsOf(nid), {})
  t.same((await api.get('/_matrix/client/v3/joined_rooms', { token: ida.token })).body, { joined_rooms: [] })
  t.ok((await watcher.next())['rooms'].leave[roomId], 'and learns it')
})

t.test('Whoever speaks while a room is deleted is heard, or told no or to come again, and nothing stays behind', async (t) => {
  const kim = await world.register('kim')
  const roomId = await talk.create(kim, { preset: 'public_chat' })
  const { nid } = await world.services.rooms.get(roomId)
  const begun = await api.delete(path(roomId), { token, body: {} })
  t.equal(begun.status, 200)
  let isOver = false
  const statuses = new Set<number>()
  const speak = async (who: number): Promise<void> => {
    for (let said = 0; !isOver; said += 1) {
      const body = { msgtype: 'm.text', body: 'still here' }
      statuses.add((await api.put(`${room(roomId)}/send/m.room.message/${who}x${said}`, { token: kim.token, body })).status)
    }
  }
  const speaking = [1, 2, 3, 4].map(speak)
  await world.finishJobs()
  isOver = true
  await Promise.all(speaking)
  t.same([...statuses].filter((status) => status !== 200 && status !== 403 && status !== 503), [])
  t.same(await rowsOf(nid), {})
  t.same(await query('select 1 from event_bodies where event_nid not in (select nid from events)'), [])
})

t.test('A deletion that was stopped goes on at the next start, wherever it was', { timeout: 120_000 }, async (t) => {
  const other = await createUpkeepWorld(t)
  const hans = await other.register('hans')
  const roomId = await other.talk.create(hans, { preset: 'public_chat', room_alias_name: 'stopped' })
  const { nid } = await other.services.rooms.get(roomId)
  for (let said = 0; said < 30; said += 1) await other.talk.say(hans, roomId, `message ${said}`)
  const begun = await other.api.delete(path(roomId), { token: other.admin.token, body: {} })
  const id = String(begun.body['delete_id'])
  await stopServer(other.server, other.clock)
  let status = ''
  let starts = 0
  for (; status !== 'complete' && starts < 10; starts += 1) {
    const { config } = other.services
    const server = await createServer({
      config, connection: other.connection, clock: other.clock, random: systemRandom, log: silentLog, version: '0.0.0',
    })
    // It comes a step or two further each time.
    for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    if (starts > 5) await finishJobs({ services: server.services, clock: other.clock })
    status = (await server.services.roomDeletions.get(id)).status
    await stopServer(server, other.clock)
  }
  t.equal(status, 'complete')
  t.ok(starts > 1, 'it was stopped in between')
  t.same(await other.query('select 1 from events where room_nid = $1', [nid]), [])
  t.same(await other.query('select 1 from state_log where room_nid = $1', [nid]), [])
  t.same(await other.query('select 1 from room_aliases where room_nid = $1', [nid]), [])
  t.match(await other.query('select membership from memberships where room_nid = $1', [nid]), [{ membership: 'leave' }])
})

async function stopServer(server: Server, clock: FakeClock): Promise<void> {
  const closed = server.close()
  clock.advance(10_000)
  await closed
}

t.test('Every table that names a room is known to who deletes it', async (t) => {
  const known = [...TABLES_OF_ROOMS, ...TABLES_OF_MEMBERS, 'events', 'memberships']
  const found = await query<{ name: string }>(`
    select distinct table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'room_nid'`)
  t.same(found.map(({ name }) => name).sort(), known.toSorted())
  const byEvent = await query<{ name: string }>(`
    select distinct table_name as name from information_schema.columns
    where table_schema = 'public' and column_name ~ '^(event|branch|chain)_nid$' and table_name not like 'event_bodies_%'
      and table_name not in (select table_name from information_schema.columns where column_name = 'room_nid')`)
  t.same(byEvent.map(({ name }) => name).sort(), ['event_bodies', 'event_media'], 'those that name only its events go with these')
})
