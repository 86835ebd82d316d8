// Servers that share a room are cut off from each other, and each changes the room's state; then they hear of each other again.
import { Dice } from '../dice.ts'
import type { Island } from './island.ts'
import { makeChanges, type Cast } from './moves.ts'
import { differencesOf, Side, type State } from './side.ts'

export interface PartitionOptions {
  readonly islands: readonly Island[]
  readonly seed: number
  /** How many times each side changes the state. */
  readonly changes: number
  cut(): Promise<void>
  heal(): Promise<void>
  /** Told when they agree. */
  agreed?(): void
  wait(ms: number): Promise<void>
  now(): number
  onProgress(line: string): void
}

export interface PartitionReport {
  readonly roomId: string
  readonly version: string
  /** From the healing on until the states were the same; undefined if they never were. */
  readonly equalAfterMs: number | undefined
  readonly entries: number
  /** Events at which the states were compared. */
  readonly compared: number
  /** Events that a server does not show, since they failed softly there. */
  readonly unseen: number
  readonly findings: readonly string[]
}

const VERSIONS = ['6', '9', '10', '11', '12']
const PATIENCE_MS = 300_000
const LOOK_EVERY_MS = 500
/** Until all agree somebody on each side says something so often: what one missed it learns from what comes after. */
const TALK_EVERY_MS = 2000
const COMPARED = 20
const SHOWN = 5

export async function playPartition(options: PartitionOptions): Promise<PartitionReport> {
  const { islands, seed, changes, onProgress } = options
  const dice = new Dice(seed)
  const version = VERSIONS[Math.floor(dice.next() * VERSIONS.length)] ?? '12'
  const sides = await Promise.all(islands.map((island, index) => Side.gather(island, `p${seed}-${index}`)))
  const cast = await meet(sides, version)
  if (await untilEqual(options, sides, cast.roomId, []) === undefined) throw new Error('The servers never agreed before they parted')
  await options.cut()
  const startedMs = options.now()
  const made = await Promise.all(sides.map((side, index) => makeChanges(side, cast, changes, new Dice(seed * 31 + index))))
  const last = await Promise.all(sides.map((side) => side.say(cast.roomId, 'That was all.')))
  onProgress(`room version ${version}: ${changes} changes a side in ${Math.round(options.now() - startedMs)} ms`)
  await options.heal()
  const equalAfterMs = await untilEqual(options, sides, cast.roomId, last)
  options.agreed?.()
  await bringTogether(options, sides, cast.roomId)
  const report = await compare(sides, cast.roomId, made.flat(), dice)
  for (const side of sides) side.close()
  return { roomId: cast.roomId, version, equalAfterMs, ...report }
}

/** Everybody comes into one room, with a few of each side who have some power. */
async function meet(sides: readonly Side[], version: string): Promise<Cast> {
  const [first, ...others] = sides
  if (first === undefined) throw new Error('There are no sides')
  const people = sides.flatMap((side) => side.people.map(({ userId }, index) => [userId, index === 0 ? 100 : index < 4 ? 50 : 0] as const))
  const isCreatorImplied = version === '12'
  const users = Object.fromEntries(people.filter(([userId]) => !isCreatorImplied || userId !== first.admin.userId))
  const answer = await first.admin.client.call('POST', '/_matrix/client/v3/createRoom', {
    preset: 'public_chat', room_version: version, power_level_content_override: { users, state_default: 25 },
  })
  const roomId = String(answer['room_id'])
  const via = encodeURIComponent(first.island.serverName)
  for (const side of [first, ...others]) {
    // The last two come when nobody on the other sides hears of it.
    for (const person of side.people.slice(0, -2)) {
      if (person === first.admin) continue
      await person.client.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?server_name=${via}&via=${via}`, {})
    }
  }
  return { roomId, userIds: people.map(([userId]) => userId), admins: new Set(sides.map((side) => side.admin.userId)) }
}

/** Waits until all sides have the same state and what was said last; how long that took, or undefined. */
async function untilEqual(
  { wait, now }: PartitionOptions, sides: readonly Side[], roomId: string, last: readonly string[],
): Promise<number | undefined> {
  const startedMs = now()
  let talkAtMs = startedMs
  while (now() - startedMs < PATIENCE_MS) {
    await wait(LOOK_EVERY_MS)
    if (now() >= talkAtMs) {
      talkAtMs = now() + TALK_EVERY_MS
      for (const side of sides) await side.say(roomId, 'Can you hear me?')
    }
    const [state = new Map<string, string>(), ...others] = await Promise.all(sides.map((side) => side.state(roomId)))
    if (others.some((other) => differencesOf(state, other).length > 0)) continue
    const heard = await Promise.all(sides.map((side) => side.hasAll(roomId, last)))
    if (heard.every((hasAll) => hasAll)) return now() - startedMs
  }
  return undefined
}

/** While messages cross each other the states may differ for a moment; after one that follows all others they may not. */
async function bringTogether({ wait, now }: PartitionOptions, sides: readonly Side[], roomId: string): Promise<void> {
  for (const side of sides) {
    const eventId = await side.say(roomId, 'I can hear you.')
    const startedMs = now()
    const listHeard = (): Promise<boolean[]> => Promise.all(sides.map((each) => each.hasAll(roomId, [eventId])))
    while ((await listHeard()).includes(false) && now() - startedMs < PATIENCE_MS) await wait(LOOK_EVERY_MS)
  }
}

async function compare(
  sides: readonly Side[], roomId: string, eventIds: readonly string[], dice: Dice,
): Promise<Pick<PartitionReport, 'entries' | 'compared' | 'unseen' | 'findings'>> {
  const findings: string[] = []
  const look = (where: string, states: readonly State[]): void => {
    for (const other of states.slice(1)) {
      const differences = differencesOf(states[0] ?? new Map(), other)
      if (differences.length === 0) continue
      findings.push(`${where}: ${differences.length} differences, such as ${differences.slice(0, SHOWN).join('; ')}`)
    }
  }
  const present = await Promise.all(sides.map((side) => side.state(roomId)))
  look('now', present)
  let unseen = 0
  for (let count = 0; count < COMPARED; count += 1) {
    const eventId = eventIds[Math.floor(dice.next() * eventIds.length)] ?? ''
    const states = await Promise.all(sides.map((side) => side.stateAt(roomId, eventId)))
    unseen += states.filter((state) => state === undefined).length
    look(eventId, states.filter((state) => state !== undefined))
  }
  return { entries: present[0]?.size ?? 0, compared: COMPARED, unseen, findings }
}
