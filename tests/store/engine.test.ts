import t from 'tap'
import { sql } from 'kysely'
import { redactEvent } from '../../src/matrix/redaction.ts'
import { openDatabase } from '../../src/store/database.ts'
import { findUsers } from '../../src/store/dictionary.ts'
import { wasCommitted, beginWithPositions } from '../../src/store/positions.ts'
import { Members } from '../../src/members/members.ts'
import { describeEvent } from '../../src/rooms/reading/read-event.ts'
import { EventCache } from '../../src/rooms/event-cache.ts'
import { Rooms } from '../../src/rooms/rooms.ts'
import { Committer } from '../../src/streams/committer.ts'
import { Stream } from '../../src/streams/stream.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLog } from '../../src/util/log.ts'
import { V3 } from '../support/api.ts'
import { createTestDatabase } from '../support/database.ts'
import { createTestServer } from '../support/server.ts'
import { Talk } from '../support/talk.ts'

const world = await createTestServer(t)
const talk = new Talk(world.api)
const { rooms, events, writer, members } = world.services
const database = openDatabase(world.connection, silentLog, 4)
t.teardown(() => database.close())
/** Whether it is taken is for the rules of relations; it is no failure of ours. */
const HARMLESS = /^(200|400)$/
const draft = (sender: string, body: string) => ({ type: 'm.room.message', sender, content: { msgtype: 'm.text', body } })

t.test('a room that is read anew has what was on its way when it was spoiled', async (t) => {
  const alice = await world.register('spoiler')
  const roomId = await talk.create(alice)
  const room = await rooms.get(roomId)
  const sending = writer.append(room, [{ type: 'm.room.topic', sender: alice.userId, stateKey: '', content: { topic: 'on its way' } }])
  while (!room.isBusy()) await new Promise((resolve) => setImmediate(resolve))
  // The committer looks whether what it writes is stale before it begins, so the write is on its way now.
  await new Promise((resolve) => setImmediate(resolve))
  room.spoil()
  const fresh = await rooms.get(roomId)
  await sending
  t.not(fresh, room)
  const current = await rooms.get(roomId)
  t.equal(current.stateString('m.room.topic', 'topic'), 'on its way')
  await writer.append(current, [draft(alice.userId, 'after')])
  const { rows } = await sql<{ forks: number }>`
    select count(*)::int as forks from (select unnest(prev_nids) from events where room_nid = ${room.nid} group by 1 having count(*) > 1)
      as shared`.execute(database.db)
  t.same(rows, [{ forks: 0 }], 'nothing was built beside it')
})

t.test('nobody writes to a room that was forgotten meanwhile', async (t) => {
  const alice = await world.register('evicted')
  const roomId = await talk.create(alice)
  const old = await rooms.get(roomId)
  const other = await new Rooms(database.db, () => old.lastPos()).get(roomId)
  rooms.add(other)
  await Promise.all([writer.append(old, [draft(alice.userId, 'one')]), writer.append(other, [draft(alice.userId, 'two')])])
  t.equal(await rooms.get(roomId), other, 'there is one room')
  t.equal(other.recent.between(old.lastPos(), Number.MAX_SAFE_INTEGER)?.length, 2, 'which has both')
})

t.test('what came into memory while a row was read is newer than the row', async (t) => {
  const alice = await world.register('cached')
  const roomId = await talk.create(alice)
  const eventId = await talk.say(alice, roomId, 'a secret')
  const event = await events.findById(eventId)
  if (event === undefined) return t.fail('no event')
  const room = await rooms.get(roomId)
  const cache = new EventCache(database.db)
  const reading = cache.map([event.nid])
  const redacted = describeEvent({ ...event, redactedBy: '$redaction' }, redactEvent(event.pdu, room.version), room.version)
  cache.put(redacted)
  t.equal((await reading).get(event.nid), redacted)
  t.equal(cache.peek(event.nid), redacted)
  return undefined
})

t.test('who comes back at the moment of forgetting is in the room', async (t) => {
  const alice = await world.register('forgetful')
  const roomId = await talk.create(alice, { preset: 'public_chat' })
  await talk.leave(alice, roomId)
  const user = (await findUsers(database.db, [alice.userId])).get(alice.userId) ?? -1
  const known = new Members(database.db)
  const room = await rooms.get(roomId)
  const left = await known.membershipOf(user, room.nid)
  if (left === undefined) return t.fail('no membership')
  const joined = { ...left, membership: 'join' as const, eventNid: left.eventNid + 1, pos: left.pos + 1 }
  known.apply(user, joined)
  known.forget(user, left)
  t.equal(await known.membershipOf(user, room.nid), joined)
  const [forgotten, again] = await Promise.all([
    world.api.post(`${V3}/rooms/${encodeURIComponent(roomId)}/forget`, { token: alice.token, body: {} }),
    world.api.post(`${V3}/rooms/${encodeURIComponent(roomId)}/join`, { token: alice.token, body: {} }),
  ])
  t.equal(again.status, 200)
  t.ok([200, 400].includes(forgotten.status))
  t.match(await members.membershipOf(user, room.nid), { membership: 'join', forgotten: false })
  t.match(await new Members(database.db).membershipOf(user, room.nid), { membership: 'join', forgotten: false })
  return undefined
})

t.test('what is said twice at once is answered when it is committed', async (t) => {
  const alice = await world.register('hasty')
  const bob = await world.register('hastier')
  const roomId = await talk.create(alice, { preset: 'public_chat' })
  const ask = (action: string) => world.api.post(`${V3}/rooms/${encodeURIComponent(roomId)}/${action}`, { token: bob.token, body: {} })
  for (const action of ['join', 'leave']) {
    const answers = await Promise.all([ask(action), ask(action), ask(action)])
    t.same(answers.map(({ status }) => status), [200, 200, 200], action)
  }
  const room = await rooms.get(roomId)
  t.equal(room.member(bob.userId), room.pendingMember(bob.userId), 'nothing is pending when it is answered')
})

t.test('contents that no database takes are sent all the same', async (t) => {
  const alice = await world.register('hostile')
  const roomId = await talk.create(alice, { name: 'a\0b', topic: '\0' })
  const content = {
    'url': 'mxc://a/\0', 'info': { thumbnail_url: 'mxc://\0/b' }, 'redacts': '\0',
  }
  const send = (type: string, txnId: string, body: object) =>
    world.api.put(`${V3}/rooms/${encodeURIComponent(roomId)}/send/${type}/${txnId}`, { token: alice.token, body })
  t.match(await send('m.test', '1', content), { status: 200 })
  t.match(await send('m.test', '2', { 'm.relates_to': { rel_type: 'm.x', event_id: `$${'x'.repeat(9000)}` } }), { status: HARMLESS })
  t.match(await send('m.test', '3', { 'm.relates_to': { rel_type: 'x'.repeat(9000), event_id: '$x' } }), { status: HARMLESS })
  t.match(await send('m.test', '7', { 'm.relates_to': { rel_type: 'm.\0', event_id: '$\0' } }), { status: HARMLESS })
  t.match(await send('m.room.redaction', '4', { redacts: '\0' }), { status: 200 })
  t.match(await send('m.room.redaction', '5', { redacts: `$${'x'.repeat(9000)}` }), { status: 200 })
  t.match(await send('x'.repeat(9000), '6', {}), { status: 413, body: { errcode: 'M_TOO_LARGE' } })
  const initial_state = [{ type: 'm.\0', state_key: '', content: {} }]
  t.match(await world.api.post(`${V3}/createRoom`, { token: alice.token, body: { initial_state } }), { status: 400 })
})

t.test('a unit that cannot be taken over is not written again', async (t) => {
  const own = openDatabase(await createTestDatabase(t), silentLog)
  const stream = new Stream({ database: own, clock: systemClock, log: silentLog }, 1)
  const committer = new Committer({ database: own, stream, clock: systemClock, log: silentLog })
  t.teardown(async () => {
    await committer.close()
    await own.close()
  })
  let written = 0
  let heard = 0
  stream.listen(() => {
    throw new Error('deaf')
  })
  stream.listen(() => void heard++)
  const unit = (committed: () => []) => ({
    positions: 1,
    rows: () => {
      written++
      return { transactions: [[Buffer.from([written]), '{}', 0]] }
    },
    committed,
  })
  await t.rejects(committer.submit(unit(() => {
    throw new Error('no')
  })))
  t.equal(written, 1)
  await committer.submit(unit(() => []))
  t.equal(heard, 2, 'the others hear of it')
  const rows = await own.db.selectFrom('transactions').select('answer').execute()
  t.equal(rows.length, 2)
})

t.test('how a transaction ended is known by its number and by what it left', async (t) => {
  const client = await database.pin(() => undefined)
  t.teardown(() => client.end())
  const drawn = await beginWithPositions(client, 1, undefined)
  await client.query('insert into device_list_changes (pos, user_nid) select $1, min(nid) from users', [drawn.first])
  await client.query('commit')
  t.equal(await wasCommitted(client, drawn), true)
  t.equal(await wasCommitted(client, { ...drawn, first: drawn.first + 1000 }), false, 'its number went to another after a crash')
  t.equal(await wasCommitted(client, { ...drawn, transactionId: '99999999' }), false, 'its number never reached the disk')
  const undone = await beginWithPositions(client, 1, undefined)
  await client.query('rollback')
  t.equal(await wasCommitted(client, undone), false)
})

t.test('rooms that are unknown are looked for together', async (t) => {
  let queries = 0
  const counted = database.db.withPlugin({
    transformQuery({ node }) {
      queries += 1
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  })
  const found = await new Rooms(counted, () => 0).findAll(Array.from({ length: 100 }, (_, index) => `!nowhere${index}:hearth.test`))
  t.equal(found.size, 0)
  t.ok(queries < 10, `${queries} queries`)
})
