import t from 'tap'
import type { TestUser } from '../../support/server.ts'
import { createServer } from '../../../src/server.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { silentLog } from '../../../src/util/log.ts'
import { createUpkeepWorld, finishJobs, room } from './world.ts'

const world = await createUpkeepWorld(t)
const { talk, api, admin, query } = world
const ADMIN = '/_synapse/admin/v1'
const purgePath = (roomId: string, eventId = ''): string => (
  `${ADMIN}/purge_history/${encodeURIComponent(roomId)}${eventId === '' ? '' : `/${encodeURIComponent(eventId)}`}`
)

async function status(purgeId: unknown, { token }: TestUser = admin): Promise<unknown> {
  return (await api.get(`${ADMIN}/purge_history_status/${String(purgeId)}`, { token })).body
}

// purgeHistoryBefore, getPurgeStatus
t.test('The history of a room goes up to an event', async (t) => {
  const alice = await world.register('alice')
  const roomId = await talk.create(alice, { topic: 'a topic' })
  const said: string[] = []
  for (const text of ['one', 'two', 'three', 'four']) said.push(await talk.say(alice, roomId, text))
  const [one = '', two = '', three = ''] = said
  t.match(await api.post(purgePath(roomId, three), { token: alice.token, body: {} }), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await api.post(purgePath(roomId, '$unknown'), { token: admin.token, body: {} }), { status: 404 })
  t.match(await api.post(purgePath('!unknown:localhost', three), { token: admin.token, body: {} }), { status: 404 })

  const spared = await api.post(purgePath(roomId, three), { token: admin.token, body: {} })
  await world.finishJobs()
  t.same(await status(spared.body['purge_id']), { status: 'complete' })
  t.same(await world.history(alice, roomId), ['four', 'three', 'two', 'one'], 'what was said here stays unless one says otherwise')

  const begun = await api.post(purgePath(roomId, three), { token: admin.token, body: { delete_local_events: true } })
  t.match(begun, { status: 200, body: { purge_id: String } })
  await world.finishJobs()
  t.same(await status(begun.body['purge_id']), { status: 'complete' })
  t.match(await status('4711'), { errcode: 'M_NOT_FOUND' })
  t.match(await status(begun.body['purge_id'], alice), { errcode: 'M_FORBIDDEN' })

  t.same(await world.history(alice, roomId), ['four', 'three'])
  for (const eventId of [one, two]) {
    t.match(await api.get(`${room(roomId)}/event/${encodeURIComponent(eventId)}`, { token: alice.token }), { status: 404 })
  }
  t.match(await api.get(`${room(roomId)}/state/m.room.topic`, { token: alice.token }), { body: { topic: 'a topic' } })
  const bodies = await query(`select 1 from event_bodies join events on events.nid = event_nid where event_id = any($1)`, [[one, two]])
  t.same(bodies, [], 'nothing of it is stored')
  const headers = await query(`select 1 from events where event_id = any($1)`, [[one, two]])
  t.equal(headers.length, 2, 'but that it was there')
})

// purgeHistory
t.test('The history of a room goes up to a time, but never its newest event', async (t) => {
  const bob = await world.register('bob')
  const roomId = await talk.create(bob)
  await talk.say(bob, roomId, 'early')
  world.clock.advance(60_000)
  const ts = world.clock.now()
  const late = await talk.say(bob, roomId, 'late')
  const purge = (body: object): Promise<{ status: number, body: Record<string, unknown> }> => (
    api.post(purgePath(roomId), { token: admin.token, body: { delete_local_events: true, ...body } })
  )
  t.match(await purge({}), { status: 400, body: { errcode: 'M_BAD_JSON' } })
  t.match(await purge({ purge_up_to_ts: ts }), { status: 200 })
  await world.finishJobs()
  t.same(await world.history(bob, roomId), ['late'])
  t.match(await purge({ purge_up_to_ts: ts + 3_600_000 }), { status: 200 })
  await world.finishJobs()
  t.match(await purge({ purge_up_to_event_id: late }), { status: 200 })
  await world.finishJobs()
  t.same(await world.history(bob, roomId), ['late'])
})

t.test('A room goes on while its history is purged', async (t) => {
  const dora = await world.register('dora')
  const emil = await world.register('emil')
  const roomId = await talk.create(dora, { preset: 'public_chat' })
  let last = ''
  for (let said = 0; said < 40; said += 1) last = await talk.say(dora, roomId, `before ${said}`)
  await api.post(purgePath(roomId, last), { token: admin.token, body: { delete_local_events: true } })
  const going = (async () => {
    for (let round = 0; round < 5; round += 1) {
      await talk.join(emil, roomId)
      await talk.say(emil, roomId, `during ${round}`)
      await talk.leave(emil, roomId)
    }
  })()
  await Promise.all([going, world.finishJobs()])
  await talk.join(emil, roomId)
  t.same(await world.history(emil, roomId), ['during 4', 'during 3', 'during 2', 'during 1', 'during 0', 'before 39'])
  await world.services.rooms.forget(roomId)
  await talk.say(emil, roomId, 'after')
  t.equal((await world.history(dora, roomId))[0], 'after', 'also when it is read anew')
})

// listBackgroundJobs
t.test('A long history goes in small steps, also when the server stops in between', { timeout: 120_000 }, async (t) => {
  const other = await createUpkeepWorld(t)
  const carol = await other.register('carol')
  const roomId = await other.talk.create(carol)
  const found = await other.services.rooms.get(roomId)
  for (let at = 0; at < 5_000; at += 100) {
    const drafts = Array.from({ length: 100 }, (_, index) => (
      { type: 'm.room.message', sender: carol.userId, content: { msgtype: 'm.text', body: `message ${at + index}` } }
    ))
    await other.services.writer.append(found, drafts)
  }
  const last = await other.talk.say(carol, roomId, 'the last')
  const begun = await other.api.post(purgePath(roomId, last), { token: other.admin.token, body: { delete_local_events: true } })
  const id = String(begun.body['purge_id'])
  const left = async (): Promise<number> => {
    const [row] = await other.query<{ count: number }>(`select count(*)::int as count from event_bodies where body_class = 1`)
    return row?.count ?? 0
  }
  const counts = [await left()]
  let steps = 0
  while (counts.at(-1) !== undefined && (counts.at(-1) ?? 0) > 3_000 && steps < 10_000) {
    steps += 1
    other.clock.advance(20)
    await new Promise((resolve) => setImmediate(resolve))
    counts.push(await left())
  }
  const taken = counts.slice(1).map((count, index) => (counts[index] ?? 0) - count)
  t.ok(taken.every((count) => count <= 1_000), 'no step takes more than a thousand')
  t.ok((counts.at(-1) ?? 0) > 1_000, 'and there is still something to do')
  const jobs = await other.api.get('/_hearth/admin/v1/jobs?unfinished=true', { token: other.admin.token })
  const job = (jobs.body['jobs'] as { id: string, done: number, state: string, resource: string }[]).find((each) => each.id === id)
  t.match(job, { kind: 'purge-history', state: 'running', resource: roomId })
  t.ok((job?.done ?? 0) > 0, 'one can see how far it has come')
  t.match(await other.api.get('/_hearth/admin/v1/jobs', { token: carol.token }), { status: 403 })
  t.same((await other.api.get(`${ADMIN}/purge_history_status/${id}`, { token: other.admin.token })).body, { status: 'active' })
  t.match(await other.api.post(purgePath(roomId, last), { token: other.admin.token, body: {} }), {
    status: 400, body: { errcode: 'M_UNKNOWN' },
  })

  other.clock.advance(10_000)
  const closed = other.server.close()
  other.clock.advance(10_000)
  await closed
  t.ok(await left() > 0)
  const second = await createServer({
    config: other.services.config, connection: other.connection, clock: other.clock, random: systemRandom, log: silentLog, version: '0.0.0',
  })
  await finishJobs({ services: second.services, clock: other.clock })
  t.equal(await left(), 1, 'the next start goes on with it')
  t.equal((await second.services.historyPurges.get(id)).state, 'finished')
  t.equal((await second.services.historyPurges.get(id)).done, 5_000)
  const closing = second.close()
  other.clock.advance(10_000)
  await closing
})
