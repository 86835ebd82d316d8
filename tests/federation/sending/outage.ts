import t from 'tap'
import { createServer } from '../../../src/server.ts'
import { DAY_MS } from '../../../src/util/durations.ts'
import { silentLog } from '../../../src/util/log.ts'
import { createMetrics } from '../../../src/util/metrics.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { askForReset } from '../../../src/store/federation/outboxes.ts'
import { insertUnsentEdus, listUnsentEdus } from '../../../src/store/federation/unsent-edus.ts'
import { PeerWorld, THEIRS } from '../receiving/world.ts'
import { Letterbox } from './transactions.ts'

const world = await PeerWorld.create(t)
const { server, talk, alice, peer, db } = world
const { clock } = server
const letters = new Letterbox(peer)
const shared = [await world.found(), await world.found(), await world.found()] as const
const roomIds = shared.map(({ roomId }) => roomId)
const settled = () => server.services.federationSender.settled()
await settled()

t.beforeEach(() => letters.clear())

/** Lets time pass, in steps of which each is over when nothing is under way. */
async function pass(ms: number, steps = 1): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    clock.advance(ms / steps)
    await settled()
  }
}

const WRONG = [
  { what: 'garbage', answer: { body: '<html>nothing' } },
  { what: 'a list', answer: { body: [] } },
  { what: 'an error', answer: { status: 500, body: { errcode: 'M_UNKNOWN', error: 'No.' } } },
  { what: 'that it has enough', answer: { status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 5000 } } },
  { what: 'for the gateway before it', answer: { status: 502, body: 'Bad Gateway' } },
]

for (const { what, answer } of WRONG) {
  t.test(`to a server that answers ${what} the same transaction is sent again`, async (t) => {
    letters.answer = () => letters.all.length < 3 ? answer : undefined
    await talk.say(alice, roomIds[0] ?? '', 'first')
    await settled()
    t.equal(letters.all.length, 1)
    await talk.say(alice, roomIds[0] ?? '', 'second')
    await settled()
    t.equal(letters.all.length, 1, 'the server is left alone for a while')
    t.equal(server.services.federationSender.count().events, 0, 'what waits for it is in the database only')
    await pass(20_000, 4)
    t.same(letters.said, ['first', 'first', 'first', 'second'])
    const [one, two, three] = letters.all
    for (const again of [two, three]) t.match(again, { txnId: one?.txnId, text: one?.text })
    letters.answer = undefined
    t.same(await db.selectFrom('unanswered_transactions').select('server_name').execute(), [])
  })
}

t.test('what a server refuses for good is not sent again', async (t) => {
  letters.answer = () => letters.all.length < 2 ? { status: 400, body: { errcode: 'M_BAD_JSON', error: 'I do not like this.' } } : undefined
  await talk.say(alice, roomIds[0] ?? '', 'unliked')
  await settled()
  await talk.say(alice, roomIds[0] ?? '', 'liked')
  await settled()
  letters.answer = undefined
  t.same(letters.said, ['unliked', 'liked'])
})

t.test('a server that was away for a week is sent what is newest of each room, and then what comes', async (t) => {
  letters.isDown = true
  for (let day = 0; day < 7; day += 1) {
    for (const [index, roomId] of roomIds.entries()) {
      for (let n = 0; n < 4; n += 1) await talk.say(alice, roomId, `room ${index} day ${day} ${n}`)
    }
    await pass(DAY_MS, 6)
  }
  const update = (pos: number, user: string) => (
    { server: THEIRS, pos, edu: `{"content":{"stream_id":${pos},"user_id":"${user}"},"edu_type":"m.device_list_update"}` }
  )
  const direct = { server: THEIRS, pos: 3, edu: '{"content":{"message_id":"m"},"edu_type":"m.direct_to_device"}' }
  const edus = [update(1, '@a:one'), update(2, '@b:one'), direct, update(4, '@a:one'), update(5, '@a:one')]
  await db.transaction().execute((trx) => insertUnsentEdus(trx, edus))
  await pass(7 * DAY_MS)
  t.same((await listUnsentEdus(db, THEIRS, 9)).map(({ pos }) => pos), [2, 3, 5], 'of changes of devices the newest')
  t.equal(letters.all.length, 0)
  t.ok(letters.tries < 60, `${letters.tries} tries`)
  t.equal(server.services.federationSender.count().events, 0)
  t.equal((await db.selectFrom('unsent_events').select('room_nid').execute()).length, 3)

  letters.isDown = false
  await world.get('/_matrix/federation/v1/event/$nothing')
  await settled()
  t.same(await listUnsentEdus(db, THEIRS, 9), [])
  for (const index of roomIds.keys()) {
    const own = letters.said.filter((body) => body.startsWith(`room ${index}`))
    t.equal(own.at(-1), `room ${index} day 6 3`, 'whoever signs a request to us is there again')
    t.ok(own.length <= 21, 'not everything')
  }
  letters.clear()
  await talk.say(alice, roomIds[1] ?? '', 'live again')
  await settled()
  t.same(letters.said, ['live again'])
})

t.test('an operator has a server tried at once', async (t) => {
  letters.isDown = true
  await talk.say(alice, roomIds[0] ?? '', 'far away')
  await pass(DAY_MS, 12)
  letters.isDown = false
  await askForReset(db, THEIRS)
  await pass(10_000)
  for (let tries = 0; tries < 100 && letters.said.length === 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    await settled()
  }
  t.same(letters.said, ['far away'])
})

t.test('what was under way when the server stopped is sent again as it was', async (t) => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: came, resolve: coming } = Promise.withResolvers<void>()
  letters.answer = async () => {
    coming()
    await held
    return undefined
  }
  await talk.say(alice, roomIds[0] ?? '', 'on the way')
  await came
  await talk.say(alice, roomIds[2] ?? '', 'waiting')
  const closing = server.server.close()
  await new Promise((resolve) => setTimeout(resolve, 200))
  clock.advance(10_000)
  await closing
  letGo()
  letters.answer = undefined
  const first = letters.all[0]
  letters.clear()
  const reopen = () => createServer({
    config: { ...server.services.config, listeners: [] }, connection: server.connection, clock, random: systemRandom, log: silentLog,
    version: '0', metrics: createMetrics({ ofProcess: false }), network: world.network,
  })
  const again = await reopen()
  await again.services.federationSender.settled()
  t.same(letters.said, ['on the way', 'waiting'])
  t.match(letters.all[0], { txnId: first?.txnId, text: first?.text })
  await again.close()

  // A kill leaves no trace of what was under way, only that it was not sent.
  letters.clear()
  const last = await reopen()
  const row = await db.selectFrom('events').select(['room_nid', 'pos']).where('pos', 'is not', null).orderBy('pos', 'desc')
    .executeTakeFirstOrThrow()
  await last.close()
  await db.insertInto('unsent_events').values({ server_name: THEIRS, room_nid: row.room_nid, pos: row.pos ?? 0, earlier: [] }).execute()
  const third = await reopen()
  await third.services.federationSender.settled()
  t.same(letters.said, ['waiting'])
  await third.close()
})
