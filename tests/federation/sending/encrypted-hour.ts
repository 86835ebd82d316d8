// Two servers without each other for an hour, whose people encrypt with libolm.
import t from 'tap'
import { MINUTE_MS } from '../../../src/util/durations.ts'
import { Circle } from '../../e2e/encrypted/circle.ts'
import { OlmDevice } from '../../e2e/encrypted/olm-device.ts'
import { call, login, register } from '../../e2e/encrypted/session.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { createFederatedServer } from '../../support/federated-server.ts'
import { TestNetwork } from '../../support/test-network.ts'

const ENCRYPTION = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }

t.test('after an hour without each other everybody reads everything, also from a device that came meanwhile', async (t) => {
  const world = { network: new TestNetwork(), clock: new FakeClock() }
  const servers = [
    await createFederatedServer(t, 'one.hearth.test', world), await createFederatedServer(t, 'two.hearth.test', world),
  ] as const
  const [one, two] = servers
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      world.clock.advance(MINUTE_MS)
      for (const { server } of servers) await server.settled()
    }
  }
  const [alice, bob] = [await register(one.url, 'alice'), await register(two.url, 'bob')]
  const start = { preset: 'private_chat', invite: [bob.userId], initial_state: [ENCRYPTION] }
  const { room_id: roomId } = await call(alice, 'POST', ['createRoom'], start) as { room_id: string }
  await call(bob, 'POST', ['join', roomId], {})
  const devices = await Promise.all([alice, await login(alice), bob, await login(bob)].map((session) => OlmDevice.start(session)))
  t.teardown(() => Promise.all(devices.map((device) => device.stop())))
  const circle = new Circle(roomId)
  for (const { userId } of [alice, bob]) circle.enter(userId)
  circle.add(...devices)
  await circle.agree()
  await circle.talk('before')
  t.same(await circle.listUnread(), [])

  world.network.cut()
  await circle.talk('parted', 3)
  await pass(20)
  const late = await OlmDevice.start(await login(alice))
  devices.push(late)
  await circle.talk('still parted')
  await pass(40)
  const readings = await devices[2]?.read(roomId, circle.listEventIds()) ?? []
  t.ok(readings.some((reading) => 'problem' in reading), 'not everything has arrived')

  world.network.mend()
  const waited = circle.welcome(late)
  // Who has failed for an hour is asked again after ten minutes at most, and who hears of the other asks at once.
  await pass(13)
  await waited
  await circle.talk('together')
  t.same(await circle.listUnread(), [])
  t.equal(circle.count(), 4 + 12 + 4 + 5)
  t.same(devices.flatMap(({ problems }) => problems), [])
})
