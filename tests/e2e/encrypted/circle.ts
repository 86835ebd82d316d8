import { sleep } from '../../../bench/parallel.ts'
import type { CryptoDevice } from './device.ts'

interface Said {
  readonly eventId: string
  readonly senderId: string
  readonly text: string
  readonly readers: Set<CryptoDevice>
}

/** What a device should read and does not. */
export interface Unread {
  readonly text: string
  readonly reader: string
  readonly problem: string
}

const AGREE_WITHIN_MS = 120_000
const READ_WITHIN_MS = 120_000
const LOOK_AGAIN_MS = 200

/** The devices of people in one room, with an account of which of them must be able to read which message. */
export class Circle {
  readonly roomId: string
  readonly #devices = new Set<CryptoDevice>()
  /** They are not known to everybody yet, and need not read what is said meanwhile. */
  readonly #coming = new Set<CryptoDevice>()
  readonly #present = new Set<string>()
  readonly #said: Said[] = []
  #saying: Promise<unknown> = Promise.resolve()
  /** Messages that came before their keys, counted once for each device. */
  lateKeys = 0
  /** What was looked at and could be read, for each device. */
  readings = 0
  /** The same by the servers of sender and reader, with what could not be read. */
  readonly directions = new Map<string, { read: number, unread: number }>()

  constructor(roomId: string) {
    this.roomId = roomId
  }

  /** Somebody is in the room from now on. */
  enter(userId: string): void {
    this.#present.add(userId)
  }

  leave(userId: string): void {
    this.#present.delete(userId)
  }

  /** A device of somebody comes. */
  add(...devices: readonly CryptoDevice[]): void {
    for (const device of devices) this.#devices.add(device)
  }

  /** Waits until everybody knows of a device, while others go on talking. */
  async welcome(device: CryptoDevice): Promise<void> {
    this.#coming.add(device)
    await this.agree()
    this.#coming.delete(device)
    this.add(device)
  }

  /** A device is given up; what it should have read it should have read by now. */
  async remove(device: CryptoDevice): Promise<readonly Unread[]> {
    this.#devices.delete(device)
    // It may be about to say its last words.
    await this.#saying
    const unread = await this.listUnread([device])
    for (const { readers } of this.#said) readers.delete(device)
    return unread
  }

  listPresent(): readonly CryptoDevice[] {
    return [...this.#devices].filter(({ userId }) => this.#present.has(userId))
  }

  /** The device must be able to read what any other device of its user could, of the first so many messages. */
  expectHistory(device: CryptoDevice, count = this.#said.length): void {
    for (const { readers } of this.#said.slice(0, count)) {
      if ([...readers].some(({ userId }) => userId === device.userId)) readers.add(device)
    }
  }

  /** Waits until each device knows who is in the room, and with which devices. */
  async agree(): Promise<void> {
    const untilMs = performance.now() + AGREE_WITHIN_MS
    for (;;) {
      const differences = await this.#listDifferences()
      if (differences.length === 0) return
      if (performance.now() > untilMs) throw new Error(`No agreement about devices: ${differences.join('; ')}`)
      await sleep(LOOK_AGAIN_MS)
    }
  }

  async say(sender: CryptoDevice, text: string): Promise<void> {
    const readers = new Set(this.listPresent())
    const sent = sender.say(this.roomId, text)
    this.#saying = sent.catch(() => {})
    this.#said.push({ eventId: await sent, senderId: sender.userId, text, readers })
  }

  /** Everybody who is there says something, one after the other, so many times. */
  async talk(about: string, rounds = 1): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      for (const device of this.listPresent()) await this.say(device, `${about} ${round}, from ${device.kind} ${device.deviceId}`)
    }
  }

  count(): number {
    return this.#said.length
  }

  countUnread(): number {
    return [...this.directions.values()].reduce((sum, { unread }) => sum + unread, 0)
  }

  /** Of all that was said. */
  listEventIds(): readonly string[] {
    return this.#said.map(({ eventId }) => eventId)
  }

  /** What devices cannot read though they should, when they had time to get it. */
  async listUnread(devices: readonly CryptoDevice[] = [...this.#devices]): Promise<readonly Unread[]> {
    return (await Promise.all(devices.map((device) => this.#listUnreadBy(device)))).flat()
  }

  async #listUnreadBy(device: CryptoDevice): Promise<Unread[]> {
    const untilMs = performance.now() + READ_WITHIN_MS
    const expected = this.#said.filter(({ readers }) => readers.has(device))
    let missing = expected
    const late = new Set<Said>()
    for (;;) {
      const unread = await this.#look(device, missing)
      for (const [said, { problem }] of unread) if (problem.startsWith('undecryptable')) late.add(said)
      missing = [...unread.keys()]
      if (missing.length > 0 && performance.now() < untilMs) {
        await sleep(LOOK_AGAIN_MS)
        continue
      }
      this.lateKeys += late.size - missing.filter((said) => late.has(said)).length
      this.readings += expected.length - missing.length
      for (const said of expected) this.#count(said, device, unread.has(said))
      return [...unread.values()]
    }
  }

  #count({ senderId }: Said, { userId }: CryptoDevice, isUnread: boolean): void {
    const direction = `${serverOf(senderId)} to ${serverOf(userId)}`
    const counts = this.directions.get(direction) ?? { read: 0, unread: 0 }
    this.directions.set(direction, counts)
    counts[isUnread ? 'unread' : 'read'] += 1
  }

  async #look(device: CryptoDevice, said: readonly Said[]): Promise<Map<Said, Unread>> {
    const reader = `${device.kind} ${device.userId} ${device.deviceId}`
    const readings = await device.read(this.roomId, said.map(({ eventId }) => eventId))
    return new Map(said.flatMap((each, index): [Said, Unread][] => {
      const reading = readings[index] ?? { problem: 'no reading' }
      if ('problem' in reading) return [[each, { text: each.text, reader, problem: reading.problem }]]
      return reading.text === each.text ? [] : [[each, { text: each.text, reader, problem: `reads ${reading.text}` }]]
    }))
  }

  async #listDifferences(): Promise<string[]> {
    const present = [...this.listPresent(), ...this.#coming]
    const found = await Promise.all(present.map(async (device): Promise<string[]> => {
      const members = [...await device.listMembers(this.roomId)].sort().join()
      const expected = [...this.#present].sort().join()
      if (members !== expected) return [`${device.kind} of ${device.userId} sees ${members} in the room`]
      return (await Promise.all([...this.#present].map((userId) => this.#compareDevices(device, userId, present)))).flat()
    }))
    return found.flat()
  }

  async #compareDevices(device: CryptoDevice, userId: string, present: readonly CryptoDevice[]): Promise<string[]> {
    // Not every client counts itself among the devices that it encrypts for.
    const isOther = (deviceId: string): boolean => deviceId !== device.deviceId
    const known = [...await device.listDevices(userId)].filter(isOther).sort().join()
    const expected = present.filter((other) => other.userId === userId).map(({ deviceId }) => deviceId).filter(isOther).sort().join()
    return known === expected ? [] : [`${device.kind} ${device.deviceId} knows of ${userId} ${known} and not ${expected}`]
  }
}

const serverOf = (userId: string): string => userId.slice(userId.indexOf(':') + 1)
