// What two people with several devices each go through together, each at a server of their own. Between the steps a test may
// do to the servers what it likes.
import type { Test } from 'tap'
import { Circle } from './circle.ts'
import type { CryptoDevice } from './device.ts'
import { JsSdkDevice } from './js-sdk-device.ts'
import { NioDevice } from './nio-device.ts'
import { OlmDevice } from './olm-device.ts'
import { call, deleteDevice, login, register, type Session } from './session.ts'
import { until } from '../js-sdk-client.ts'
import { compareStrings } from './verification.ts'

export interface StoryParts {
  /** Where clients find the server of the one who makes the room, and that of the other. */
  readonly home: string
  readonly away: string
  readonly hasNio: boolean
  readonly roomVersion?: string
  /** Called between two steps. */
  readonly between: (step: string) => Promise<void>
}

export interface Person {
  readonly first: JsSdkDevice
  readonly userId: string
}

export interface Cast {
  readonly circle: Circle
  readonly alice: Person
  readonly bob: Person
  /** Bob's second device. */
  readonly old: OlmDevice
}

const BACKUP_WITHIN_MS = 90_000
const ENCRYPTION = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }

type Step = readonly [name: string, run: (test: Test, cast: Cast) => Promise<void>]

const STEPS: readonly Step[] = [
  ['each device reads what every other one writes', talkAtFirst],
  ['users verify each other by comparing strings', verifyUsers],
  ['a new device is verified, gets the secrets and restores the history', addVerifiedDevice],
  ['a member leaves and comes back', leaveAndReturn],
  ['a device is removed', removeDevice],
  ['a device without one-time keys is met by its fallback key', useFallbackKey],
]

/** Goes through all steps, and gives the people with the devices that they have at the end. Whoever calls stops them. */
export async function tellStory(test: Test, { between, ...parts }: StoryParts): Promise<Cast> {
  const cast = await gather(parts)
  await between('gathering')
  for (const [name, run] of STEPS) {
    await test.test(name, async (sub) => {
      await run(sub, cast)
      await expectAllRead(sub, cast.circle)
    })
    await between(name)
  }
  return cast
}

export async function expectAllRead(test: Test, circle: Circle): Promise<void> {
  const unread = await circle.listUnread()
  test.strictSame(unread, [], `${circle.count()} messages: every device reads all that it should`)
}

/** Alice with matrix-js-sdk and matrix-nio, Bob with matrix-js-sdk and libolm. */
export async function gather({ home, away, hasNio, roomVersion }: Omit<StoryParts, 'between'>): Promise<Cast> {
  const [alice, bob] = [await beginWith(await register(home, 'alice')), await beginWith(await register(away, 'bob'))]
  const { room_id: roomId } = await call(alice.first.session, 'POST', ['createRoom'], {
    preset: 'private_chat', invite: [bob.userId], initial_state: [ENCRYPTION],
    ...(roomVersion === undefined ? {} : { room_version: roomVersion }),
  }) as { room_id: string }
  await until(bob.first.client, 'the invitation', () => bob.first.client.getRoom(roomId)?.getMyMembership() === 'invite')
  await call(bob.first.session, 'POST', ['join', roomId], {})
  const circle = new Circle(roomId)
  circle.enter(alice.userId)
  circle.enter(bob.userId)
  const old = await OlmDevice.start(await login(bob.first.session))
  circle.add(alice.first, bob.first, old)
  const second = await login(alice.first.session)
  circle.add(hasNio ? await NioDevice.start(second) : await OlmDevice.start(second))
  await circle.agree()
  return { circle, alice, bob, old }
}

async function beginWith(session: Session): Promise<Person> {
  const first = await JsSdkDevice.start(session)
  await first.setUpSecrets()
  return { first, userId: session.userId }
}

async function talkAtFirst(_test: Test, { circle }: Cast): Promise<void> {
  await circle.talk('hello', 3)
}

async function verifyUsers(test: Test, { circle, alice, bob }: Cast): Promise<void> {
  const isSame = await compareStrings(alice.first, bob.first, (one) => one.crypto.requestVerificationDM(bob.userId, circle.roomId))
  test.ok(isSame, 'both see the same strings')
  for (const [one, other] of [[alice, bob], [bob, alice]] as const) {
    const isVerified = async () => (await one.first.crypto.getUserVerificationStatus(other.userId)).isCrossSigningVerified()
    await untilTrue(`${one.userId} takes ${other.userId} for verified`, isVerified)
  }
  await circle.talk('verified')
}

async function addVerifiedDevice(test: Test, { circle, alice, bob }: Cast): Promise<void> {
  await waitUntilBackedUp(alice.first)
  const fresh = await JsSdkDevice.start(await login(alice.first.session))
  circle.add(fresh)
  await fresh.crypto.userHasCrossSigningKeys(fresh.userId, true)
  const isSame = await compareStrings(fresh, alice.first, (one) => one.crypto.requestDeviceVerification(alice.userId, alice.first.deviceId))
  test.ok(isSame, 'both devices show the same strings')
  await untilTrue('the secrets came from the other device', async () => (
    await fresh.crypto.isCrossSigningReady() && await fresh.crypto.getSessionBackupPrivateKey() !== null
  ))
  test.ok(await fresh.restoreBackup() > 0, 'the backup has keys')
  circle.expectHistory(fresh)
  await circle.agree()
  for (const observer of [alice, bob]) {
    const status = () => observer.first.crypto.getDeviceVerificationStatus(alice.userId, fresh.deviceId)
    const isVerified = async () => (await status())?.crossSigningVerified === true
    await untilTrue(`${observer.userId} takes the new device for verified`, isVerified)
  }
  await circle.talk('with a new device')
}

async function leaveAndReturn(_test: Test, { circle, alice, bob }: Cast): Promise<void> {
  await call(bob.first.session, 'POST', ['rooms', circle.roomId, 'leave'], {})
  circle.leave(bob.userId)
  await circle.agree()
  await circle.talk('among ourselves')
  await call(alice.first.session, 'POST', ['rooms', circle.roomId, 'invite'], { user_id: bob.userId })
  await until(bob.first.client, 'the second invitation', () => bob.first.client.getRoom(circle.roomId)?.getMyMembership() === 'invite')
  await call(bob.first.session, 'POST', ['join', circle.roomId], {})
  circle.enter(bob.userId)
  await circle.agree()
  await circle.talk('together again')
}

async function removeDevice(test: Test, { circle, bob, old }: Cast): Promise<void> {
  test.strictSame(await giveUp(circle, bob, old), [])
  test.strictSame(old.problems, [], 'whatever was sent to the device could be read')
  await circle.agree()
  await circle.talk('without a device')
}

/** Deletes a device by the first one of its user, and gives what it should have read and did not. */
export async function giveUp(circle: Circle, { first }: Person, device: CryptoDevice): Promise<readonly object[]> {
  const unread = await circle.remove(device)
  await device.stop()
  await deleteDevice(first.session, device.deviceId)
  return unread
}

async function useFallbackKey(test: Test, { circle, alice, bob }: Cast): Promise<void> {
  const poor = await OlmDevice.start(await login(bob.first.session), { replenishes: false })
  await untilTrue('the device knows of its keys', () => Promise.resolve(poor.left.oneTimeKeys > 0 && poor.left.hasUnusedFallback))
  const wanted = { one_time_keys: { [bob.userId]: { [poor.deviceId]: 'signed_curve25519' } } }
  const names = new Set<string>()
  for (let count = poor.left.oneTimeKeys; count > 0; count -= 1) {
    const answer = await call((count % 2 === 0 ? alice : bob).first.session, 'POST', ['keys', 'claim'], wanted)
    const [name = ''] = Object.keys((answer['one_time_keys'] as Record<string, any>)[bob.userId][poor.deviceId] as object)
    names.add(name)
  }
  const isEmpty = () => Promise.resolve(poor.left.oneTimeKeys === 0)
  await untilTrue('the device learns that its one-time keys are gone', isEmpty)
  test.equal(names.size, 20, 'each of its keys was given away once')
  test.ok(poor.left.hasUnusedFallback, 'and the fallback key not yet')
  circle.add(poor)
  await circle.agree()
  await circle.talk('by the fallback key')
  await expectAllRead(test, circle)
  await untilTrue('the device learns that its fallback key was used', () => Promise.resolve(!poor.left.hasUnusedFallback))
  test.strictSame(poor.problems, [])
}

/** Everything that the device can read by now. */
export async function waitUntilBackedUp({ crypto, session }: JsSdkDevice): Promise<void> {
  const wanted = (await crypto.exportRoomKeys()).length
  // Clients wait some seconds before they back up, so that they do not all come at once.
  await untilTrue('the keys are backed up', async () => (
    (await call(session, 'GET', ['room_keys', 'version']))['count'] as number >= wanted
  ), BACKUP_WITHIN_MS)
}

export async function untilTrue(what: string, holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const untilMs = performance.now() + timeoutMs
  while (!await holds()) {
    if (performance.now() > untilMs) throw new Error(`It never came to be: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
