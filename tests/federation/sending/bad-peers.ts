import t from 'tap'
import { dropUndeliverable } from '../../../src/federation/sending/undeliverable.ts'
import { listOutboxStatus } from '../../../src/store/federation/outboxes.ts'
import { insertUnsentEdus, listUnsentEdus } from '../../../src/store/federation/unsent-edus.ts'
import { saveFailingDestinations } from '../../../src/store/federation/destinations.ts'
import { DAY_MS } from '../../../src/util/durations.ts'
import { silentLog } from '../../../src/util/log.ts'
import type { PeerAnswer } from '../../support/peers.ts'
import { untilTrue } from '../../support/until-true.ts'
import { join, PeerWorld, THEIRS } from '../receiving/world.ts'
import { Letterbox } from './transactions.ts'

const GOOD = 'good.hearth.test'

const world = await PeerWorld.create(t)
const { server, talk, alice, peer, db } = world
const { clock, services } = server
const bad = new Letterbox(peer)
const good = new Letterbox(await world.addPeer(t, GOOD))
const shared = await world.found()
const { roomId, remote } = shared
await services.receiver.receive(await services.rooms.get(roomId), remote.jsons([remote.say(join(`@gus:${GOOD}`))]), { origin: GOOD })
await services.federationSender.settled()

t.beforeEach(() => {
  bad.clear()
  good.clear()
})

/** Resolves when the good one has got so many messages; the bad one may hang. */
function heard(count: number): Promise<void> {
  return untilTrue(() => good.said.length >= count)
}

const GARBAGE: readonly { readonly what: string, readonly answer: PeerAnswer, readonly isTaken?: boolean }[] = [
  { what: 'a page', answer: { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Parked</title>' } },
  { what: 'JSON that is cut off', answer: { body: '{"pdus":{"$a":{"err' } },
  { what: 'more than an answer has', answer: { body: `{"pdus":{},"more":"${'x'.repeat(3 * 1024 * 1024)}"}` } },
  { what: 'JSON that is nested without end', answer: { body: '['.repeat(100_000) } },
  { what: 'nothing', answer: { body: '' } },
  { what: 'the wrong types', answer: { body: { pdus: [1, { error: 2 }], edus: 'no' } }, isTaken: true },
]

for (const { what, answer, isTaken = false } of GARBAGE) {
  t.test(`a server that answers ${what} holds up nobody`, async (t) => {
    bad.answer = () => answer
    for (let n = 0; n < 5; n += 1) {
      await talk.say(alice, roomId, `${n}`)
      await services.federationSender.settled()
    }
    t.same(good.said, ['0', '1', '2', '3', '4'])
    t.equal(bad.all.length, isTaken ? 5 : 1)
    t.equal(services.federationSender.count().events, 0, 'what waits for it is in the database only')
    bad.answer = undefined
    clock.advance(60_000)
    await services.federationSender.settled()
    t.equal(bad.said.at(-1), '4')
  })
}

t.test('a server that takes its time holds up nobody, and is asked again when it took too much', async (t) => {
  const { promise: late, resolve: letGo } = Promise.withResolvers<PeerAnswer>()
  bad.answer = () => late
  for (let n = 0; n < 30; n += 1) await talk.say(alice, roomId, `slow ${n}`)
  await heard(30)
  t.equal(bad.all.length, 1, 'one transaction is on its way')
  t.ok(services.federationSender.count().events < 30)
  bad.answer = undefined
  clock.advance(61_000)
  await services.federationSender.settled()
  t.equal(services.federationSender.count().events, 0)
  clock.advance(10_000)
  await services.federationSender.settled()
  t.equal(bad.all[1]?.txnId, bad.all[0]?.txnId, 'it may have taken it')
  t.same([...new Set(bad.said)].at(-1), 'slow 29')
  letGo({ body: {} })
})

t.test('what waits for servers that are away is bounded on the disk as well, and what is dropped is noted', async (t) => {
  const edu = (pos: number, content: object, type = 'm.direct_to_device') => (
    { pos, edu: `{"content":${JSON.stringify(content)},"edu_type":"${type}"}` }
  )
  const failing = (serverName: string, days: number) => (
    { serverName, failingSince: clock.now() - days * DAY_MS, retryAt: clock.now() + DAY_MS, intervalMs: DAY_MS, problem: 'It is away.' }
  )
  const servers = { away: 'away.test', gone: 'gone.test', large: 'large.test', here: 'here.test' }
  await saveFailingDestinations(db, [failing(servers.away, 8), failing(servers.gone, 31), failing(servers.large, 1)])
  const many = Array.from({ length: 10_050 }, (_, index) => edu(index + 10, { message_id: `${index}` }))
  const told = [1, 2, 3].map((pos) => edu(pos, { user_id: `@${pos % 2}:x` }, 'm.device_list_update'))
  const large = Array.from({ length: 80 }, (_, index) => edu(index, { body: 'x'.repeat(1024 * 1024) }))
  await db.transaction().execute(async (trx) => {
    for (const server of [servers.away, servers.gone, servers.here]) {
      await insertUnsentEdus(trx, [...told, ...many].map((each) => ({ server, ...each })))
    }
    await insertUnsentEdus(trx, large.map((each) => ({ server: servers.large, ...each })))
  })
  await dropUndeliverable({ db, clock, log: silentLog })
  const left = async (server: string) => (await listUnsentEdus(db, server, 20_000)).map(({ pos }) => pos)
  const positions = await left(servers.away)
  t.same([positions.length, positions.slice(0, 3), positions.at(-1)], [10_002, [2, 3, 60], 10_059], 'the newest are kept')
  t.same(await left(servers.gone), [2, 3], 'who is away for a month gets no messages, and learns of devices')
  t.equal((await left(servers.large)).length, 63)
  t.equal((await left(servers.here)).length, 10_053, 'who answers is sent all')
  const [away] = await listOutboxStatus(db, servers.away)
  t.match(away, { edus: 10_002, lostEdus: 50 })
  await dropUndeliverable({ db, clock, log: silentLog })
  t.match(await listOutboxStatus(db, servers.gone), [{ lostEdus: 10_050 }], 'once')
  await db.deleteFrom('unsent_edus').where('server_name', '<>', THEIRS).execute()
  await db.deleteFrom('destinations').where('server_name', 'in', Object.values(servers)).execute()
})
