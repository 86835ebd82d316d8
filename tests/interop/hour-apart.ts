// A Hearth whose clock the test moves and a Synapse without each other for more than an hour, while their people encrypt.
import type { Test } from 'tap'
import { findFreePort } from '../../bench/contenders/contender.ts'
import { trialConfig } from '../../src/config/trial-config.ts'
import { hasEncryptingNio } from '../e2e/encrypted/nio-device.ts'
import { OlmDevice } from '../e2e/encrypted/olm-device.ts'
import { call, login } from '../e2e/encrypted/session.ts'
import { expectAllRead, gather, giveUp, untilTrue, type Cast, type Person } from '../e2e/encrypted/story.ts'
import { Gate } from '../soak/partitions/gate.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { certificateFiles, TEST_CA_FILE } from '../support/peers.ts'
import { createTestServer, type TestServer } from '../support/server.ts'
import { TestNetwork } from '../support/test-network.ts'
import type { Side } from './sides.ts'

const TICK_MS = 20
const MINUTE_MS = 60_000
const MEET_WITHIN_MINUTES = 40

/** A Hearth in this process, and its lines to and from Synapse. */
interface World {
  readonly hearth: TestServer
  readonly gate: Gate
  readonly network: TestNetwork
  readonly synapse: Side
}

/**
 * First the servers do not reach each other and both go on; then Synapse is down as well. Meanwhile devices come and go on both
 * sides, and somebody gets new keys to sign them. `isOfHearth`: where the room is made.
 */
export async function spendHourApart(test: Test, synapse: Side, isOfHearth: boolean): Promise<void> {
  const world = await createWorld(test, synapse)
  const [home, away] = isOfHearth ? [world.hearth.url, synapse.url] : [synapse.url, world.hearth.url]
  const cast = await gather({ home, away, hasNio: await hasEncryptingNio() })
  const [near, far] = isOfHearth ? [cast.alice, cast.bob] : [cast.bob, cast.alice]
  const { circle } = cast
  const guests = await Promise.all([near, far].map((person) => come(person)))
  await Promise.all(guests.map(({ device }) => circle.welcome(device)))
  await circle.talk('before')
  await expectAllRead(test, circle)

  world.network.cut()
  await world.gate.shut()
  for (const { person, device } of guests) test.strictSame(await giveUp(circle, person, device), [])
  await circle.talk('parted', 3)
  await pass(world, 30)
  const late = await Promise.all([near, far].map((person) => come(person)))
  await near.first.resetCrossSigning()
  await circle.talk('still parted')
  await synapse.kill()
  await sayAmong(cast, near)
  await pass(world, 50)
  const readings = await near.first.read(circle.roomId, circle.listEventIds())
  test.ok(readings.some((reading) => 'problem' in reading), 'not everything has arrived')

  await synapse.start()
  await world.gate.open()
  world.network.mend()
  await meetAgain(world, Promise.all(late.map(({ device }) => circle.welcome(device))))
  await circle.talk('together')
  await expectAllRead(test, circle)
  await untilTrue('the new keys of the one are known to the other', () => knowsIdentity(near, far))
  test.strictSame(late.flatMap(({ device }) => device.problems), [], 'whatever was sent to the new devices could be read')
  test.comment(`${circle.count()} messages, ${circle.readings} times read`)
  await Promise.all(circle.listPresent().map((device) => device.stop()))
}

async function createWorld(test: Test, synapse: Side): Promise<World> {
  const [outside, inside] = [await findFreePort(), await findFreePort()]
  const gate = new Gate(outside, inside)
  await gate.open()
  const network = new TestNetwork()
  const [name = '', port = ''] = synapse.serverName.split(':')
  network.add(name, { [port]: Number(port) })
  const clock = new FakeClock(Date.now())
  const { federation, outboundHttp } = trialConfig('.')
  const hearth = await createTestServer(test, {
    serverName: `127.0.0.1:${outside}`,
    listeners: [
      { bind: '127.0.0.1', port: 0, resources: ['client'], tls: undefined },
      { bind: '127.0.0.1', port: inside, resources: ['federation'], tls: certificateFiles() },
    ],
    federation: { ...federation, caFile: TEST_CA_FILE, allowPrivateAddresses: true },
    outboundHttp: { ...outboundHttp, caFile: TEST_CA_FILE, allowPrivateAddresses: true },
  }, { network, clock })
  const ticking = setInterval(() => clock.advance(TICK_MS), TICK_MS)
  test.teardown(async () => {
    clearInterval(ticking)
    await gate.shut()
  })
  return { hearth, gate, network, synapse }
}

async function come(person: Person): Promise<{ person: Person, device: OlmDevice }> {
  return { person, device: await OlmDevice.start(await login(person.first.session)) }
}

/** Only those at the one server write. */
async function sayAmong({ circle }: Cast, { userId }: Person): Promise<void> {
  for (const device of circle.listPresent()) {
    if (device.userId === userId) await circle.say(device, `alone, from ${device.kind} ${device.deviceId}`)
  }
}

async function pass({ hearth }: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    hearth.clock.advance(MINUTE_MS)
    await hearth.server.settled()
  }
}

/** Who has failed for more than an hour is asked again after half an hour at most. */
async function meetAgain(world: World, met: Promise<unknown>): Promise<void> {
  await pass(world, MEET_WITHIN_MINUTES)
  await met
}

/** Whether the server of the other gives the same key with which the one signs devices as the server of the one. */
async function knowsIdentity(one: Person, other: Person): Promise<boolean> {
  const [own, seen] = await Promise.all([one, other].map(async ({ first }) => {
    const answer = await call(first.session, 'POST', ['keys', 'query'], { device_keys: { [one.userId]: [] } })
    return JSON.stringify((answer['master_keys'] as Record<string, { keys: object }>)[one.userId]?.keys)
  }))
  return own !== undefined && own === seen
}
