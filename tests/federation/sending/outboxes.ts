import t from 'tap'
import { Composer } from '../../../src/federation/sending/compose.ts'
import { Outboxes } from '../../../src/federation/sending/outboxes.ts'
import { Destinations } from '../../../src/remote/destinations.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { addUnsentEvents, dropSentEvents, EARLIER_MAX, listUnsentEvents } from '../../../src/store/federation/unsent-events.ts'
import { prepareDatabase } from '../../../src/store/prepare-database.ts'
import { silentLog } from '../../../src/util/log.ts'
import { createMetrics } from '../../../src/util/metrics.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { createTestDatabase } from '../../support/database.ts'
import { untilTrue } from '../../support/until-true.ts'
import { PeerWorld } from '../receiving/world.ts'

const EVENTS = 100_000

t.test('a server that is down holds little memory, and holds up nobody', async (t) => {
  const world = await PeerWorld.create(t)
  const { server: { services, clock }, db } = world
  const { roomId } = await world.found()
  const room = await services.rooms.get(roomId)
  const eventId = await world.talk.say(world.alice, roomId, 'the same again and again')
  const event = await services.events.findById(eventId)
  const destinations = new Destinations({ db, clock, random: systemRandom, log: silentLog })
  const taken = new Map<string, number>()
  const { promise: hanging, resolve: letGo } = Promise.withResolvers<void>()
  const signedRequests = {
    async put(server: string, _path: string, body: string) {
      if (server.startsWith('hanging')) await hanging
      if (!server.startsWith('alive')) {
        destinations.noteFailure(server, 'It is down.')
        return { ok: false, reason: 'unreachable', problem: 'connection', message: 'It is down.' } as const
      }
      taken.set(server, (taken.get(server) ?? 0) + JSON.parse(body).pdus.length)
      return { ok: true, value: {} } as const
    },
  }
  const outboxes = new Outboxes({
    db, clock, log: silentLog, destinations, metrics: createMetrics({ ofProcess: false }),
    signedRequests: signedRequests as never,
    composer: new Composer({ events: services.events, clock, random: systemRandom, serverName: 'one.hearth.test' }),
    stream: { listen: () => undefined } as never,
  })
  const due = { room: room.nid, pos: event?.pos ?? 0, nid: event?.nid ?? 0 }
  outboxes.addEvents('hanging', [due])
  for (let n = 0; n < EVENTS; n += 1) {
    outboxes.addEvents('dead', [due])
    if (n < 100) outboxes.addEvents(`dead${n}`, [due])
    if (n % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (n < 200) outboxes.addEvents('alive', [due])
  }
  await untilTrue(() => (taken.get('alive') ?? 0) >= 200)
  t.equal(taken.get('alive'), 200, 'others are sent theirs')
  t.ok(outboxes.count().events <= 500, `${outboxes.count().events} events in memory`)
  for (let n = 0; n < 500; n += 1) outboxes.addPassing([`alive${n}`], 'typing', { edu_type: 'm.typing', content: {} })
  letGo()
  await outboxes.settled()
  t.equal(taken.size, 501)
  t.ok(outboxes.count().behind >= 100, 'those that are down wait')
  await outboxes.close()
  await destinations.close()
})

t.test('what is not sent yet is written down once, however often a kill has it done again', async (t) => {
  const database = openDatabase(await createTestDatabase(t), silentLog, 2)
  t.teardown(() => database.close())
  const { db } = database
  await prepareDatabase(db, 'one.hearth.test')
  const add = (pos: number, earlier: number[] | undefined, server = 'a') => addUnsentEvents(db, [{ server, room: 1, pos, earlier }])
  const waiting = async (server = 'a') => (await listUnsentEvents(db, server, 50)).map(({ positions }) => positions)
  await add(3, [1, 2])
  await add(3, [1, 2])
  t.same(await waiting(), [[1, 2, 3]])
  await add(5, [2, 3, 4])
  t.same(await waiting(), [[1, 2, 3, 4, 5]], 'done again with more of it')
  await add(4, [])
  t.same(await waiting(), [[1, 2, 3, 4, 5]])
  await add(9, [], 'b')
  await dropSentEvents(db, [{ server: 'a', room: 1, pos: 3 }, { server: 'c', room: 1, pos: 9 }])
  t.same(await waiting(), [[4, 5]], 'what is left of it')
  for (let pos = 6; pos < 40; pos += 1) await add(pos, [])
  const [positions = []] = await waiting()
  t.equal(positions.at(-1), 39)
  t.ok(positions.length <= EARLIER_MAX + 1)
  await add(100, undefined)
  t.same(await waiting(), [[100]], 'too many to be told one by one')
  await add(101, [])
  t.same(await waiting(), [[101]], 'before it some are missing')
  await dropSentEvents(db, [{ server: 'a', room: 1, pos: 101 }])
  t.same(await waiting(), [])
  t.same(await waiting('b'), [[9]])
})
