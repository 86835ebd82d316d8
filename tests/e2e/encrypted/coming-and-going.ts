// People go on talking while devices of theirs come and go, and while their servers and lines fail.
import type { Test } from 'tap'
import { sleep } from '../../../bench/parallel.ts'
import type { Dice } from '../../soak/dice.ts'
import type { CryptoDevice } from './device.ts'
import { JsSdkDevice } from './js-sdk-device.ts'
import { Line } from './line.ts'
import { NioDevice } from './nio-device.ts'
import { OlmDevice } from './olm-device.ts'
import { login } from './session.ts'
import { expectAllRead, giveUp, waitUntilBackedUp, type Cast, type Person } from './story.ts'

export interface Bustle {
  readonly messages: number
  /** It ends then, on a machine that has much else to do. */
  readonly lastsAtMostMs?: number
  /** Between two messages. */
  readonly pauseMs: number
  readonly hasNio: boolean
  readonly dice: Dice
  /** Whether the lines of those who come fail now and then. */
  readonly hasBadLines: boolean
  /** Something happens to the servers; it is called again and again, with pauses. */
  readonly trouble: () => Promise<void>
  readonly onProgress?: (line: string) => void
}

interface Guest {
  readonly person: Person
  readonly device: CryptoDevice
  /** Where the line is in the client, or another process. */
  setLineBad(isBad: boolean): Promise<void>
}

interface Counts {
  came: number
  went: number
  troubles: number
  readonly unread: object[]
}

const GUESTS_MAX = 3
const PAUSE_MS = 300
const INSISTS_FOR_MS = 60_000
const LINE_IS_BAD = 0.3

/** Gives how many devices came and went. */
export async function talkWhileDevicesComeAndGo(test: Test, cast: Cast, bustle: Bustle): Promise<Counts> {
  const counts: Counts = { came: 0, went: 0, troubles: 0, unread: [] }
  const guests: Guest[] = []
  let isOver = false
  const until = async (act: () => Promise<void>): Promise<void> => {
    while (!isOver) {
      await act()
      await sleep(PAUSE_MS)
    }
  }
  const talking = talk(cast, bustle).finally(() => { isOver = true })
  const changing = until(() => comeOrGo(cast, bustle, guests, counts))
  const failing = until(async () => {
    await bustle.trouble()
    counts.troubles += 1
  })
  // All come to their end, whichever of them fails.
  const outcomes = await Promise.allSettled([talking, changing, failing])
  await Promise.all(guests.map((guest) => guest.setLineBad(false)))
  test.strictSame(counts.unread, [], `${counts.went} devices that went had read all that they should`)
  await expectAllRead(test, cast.circle)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return counts
}

async function talk({ circle }: Cast, { messages, pauseMs, dice, onProgress, lastsAtMostMs = Infinity }: Bustle): Promise<void> {
  const untilMs = performance.now() + lastsAtMostMs
  for (let count = 1; count <= messages && performance.now() < untilMs; count += 1) {
    const present = circle.listPresent()
    const sender = present[Math.floor(dice.between(0, present.length))]
    if (sender !== undefined) await circle.say(sender, `message ${count}, from ${sender.kind} ${sender.deviceId}`)
    await sleep(pauseMs)
    if (count % 100 > 0) continue
    onProgress?.(`${count} of ${messages} messages, ${circle.readings} readings so far, ${circle.countUnread()} unread`)
  }
}

async function comeOrGo({ circle, alice, bob }: Cast, bustle: Bustle, guests: Guest[], counts: Counts): Promise<void> {
  const { dice, hasNio, hasBadLines } = bustle
  for (const guest of guests) await guest.setLineBad(dice.next() < LINE_IS_BAD && hasBadLines)
  const isFull = guests.length >= GUESTS_MAX
  if (isFull || (guests.length > 0 && dice.next() < 0.3)) {
    const [guest] = guests.splice(Math.floor(dice.between(0, guests.length)), 1)
    if (guest === undefined) return
    await guest.setLineBad(false)
    counts.unread.push(...await giveUp(circle, guest.person, guest.device))
    counts.went += 1
    return
  }
  const person = dice.next() < 0.5 ? alice : bob
  const kinds = hasNio ? [startJsSdk, startOld, startNio] : [startJsSdk, startOld]
  const start = kinds[Math.floor(dice.between(0, kinds.length))] ?? startOld
  const count = circle.count()
  if (start === startJsSdk) {
    counts.unread.push(...await circle.listUnread([person.first]))
    await waitUntilBackedUp(person.first)
  }
  const guest = await start(person)
  guests.push(guest)
  await circle.welcome(guest.device)
  counts.came += 1
  if (!(guest.device instanceof JsSdkDevice)) return
  const { device } = guest
  await insist(() => device.recoverSecrets())
  await insist(() => device.restoreBackup())
  circle.expectHistory(device, count)
}

/** Its server may be killed in the midst of it. */
async function insist(act: () => Promise<unknown>): Promise<void> {
  const untilMs = performance.now() + INSISTS_FOR_MS
  while (performance.now() < untilMs) {
    if (await act().then(() => true, () => false)) return
    await sleep(PAUSE_MS)
  }
  await act()
}

async function startJsSdk(person: Person): Promise<Guest> {
  const line = new Line()
  const device = await JsSdkDevice.start(await login(person.first.session), line)
  return { person, device, setLineBad: (isBad) => Promise.resolve(line.setBad(isBad)) }
}

async function startOld(person: Person): Promise<Guest> {
  const line = new Line()
  const device = await OlmDevice.start(await login(person.first.session), { line })
  return { person, device, setLineBad: (isBad) => Promise.resolve(line.setBad(isBad)) }
}

async function startNio(person: Person): Promise<Guest> {
  const device = await NioDevice.start(await login(person.first.session))
  return { person, device, setLineBad: (isBad) => device.setLineBad(isBad) }
}
