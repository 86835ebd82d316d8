import t from 'tap'
import { Composer } from '../../../src/federation/sending/compose.ts'
import { Outboxes } from '../../../src/federation/sending/outboxes.ts'
import { Destinations } from '../../../src/remote/destinations.ts'
import { silentLog } from '../../../src/util/log.ts'
import { createMetrics } from '../../../src/util/metrics.ts'
import { systemRandom } from '../../../src/util/random.ts'
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
  while ((taken.get('alive') ?? 0) < 200) await new Promise((resolve) => setTimeout(resolve, 10))
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
