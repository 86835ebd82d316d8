import t from 'tap'
import { join, PeerWorld, text, THEIRS } from './world.ts'

const GOOD = 'good.hearth.test'
const GUS = `@gus:${GOOD}`
/** As many as one transaction may hold. */
const PDUS = 50
const WAITING_MAX = 5_000

t.test('a server that sends without end is told to wait, and those beside it go on', async (t) => {
  const world = await PeerWorld.create(t)
  const { server: { services, server } } = world
  const good = await world.addPeer(t, GOOD)
  const flooded = await world.found()
  const other = await world.found()
  const room = await services.rooms.get(flooded.roomId)
  await services.receiver.receive(
    await services.rooms.get(other.roomId), other.remote.jsons([other.remote.say(join(GUS))]), { origin: GOOD },
  )
  const { promise: over, resolve: letGo } = Promise.withResolvers<void>()
  const holding = room.hold(() => over)
  const ids = Array.from({ length: PDUS }, (_, index) => flooded.remote.say(text(`@bob:${THEIRS}`, `flood ${index}`)))
  const pdus = flooded.remote.jsons(ids)
  const statuses: number[] = []
  for (let sent = 0; sent < WAITING_MAX / PDUS + 3; sent += 1) statuses.push((await world.send({ pdus })).status)
  t.equal(statuses.filter((status) => status === 200).length, WAITING_MAX / PDUS)
  t.same(statuses.slice(-3), [429, 429, 429], 'more than so much waits with who sends it')
  const edus = Array.from({ length: 100 }, (_, index) => (
    { edu_type: 'm.direct_to_device', content: { sender: `@bob:${THEIRS}`, type: 'm.test', message_id: `${index}`, messages: {} } }
  ))
  t.equal((await world.send({ edus })).status, 429, 'also of what is no event')

  const said = other.remote.say(text(GUS, 'all is well here'))
  t.equal((await world.send({ pdus: other.remote.jsons([said]) }, { from: good })).status, 200)
  while ((await other.event(said)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 5))
  t.pass('another server is heard meanwhile')

  letGo()
  await holding
  await server.settled()
  t.equal((await flooded.shown()).filter((eventId) => ids.includes(eventId)).length, PDUS, 'what came more than once is there once')
  t.equal((await world.send({ pdus: flooded.remote.jsons([flooded.remote.say(text(`@bob:${THEIRS}`, 'sorry'))]) })).status, 200)
  await server.settled()
})
