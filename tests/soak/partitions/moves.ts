// What people of one server do in a room while the others do not hear of it.
import type { Dice } from '../dice.ts'
import { pathOf, type Json, type Person, type Side } from './side.ts'

/** Everybody, on whatever side. */
export interface Cast {
  readonly roomId: string
  readonly userIds: readonly string[]
  /** Who always has all power. */
  readonly admins: ReadonlySet<string>
}

type Move = (side: Side, cast: Cast, dice: Dice) => Promise<Json | undefined>

const SHARED_KEYS = 60
const LEVELS = [0, 25, 50, 75]
const TYPES = ['org.example.one', 'org.example.two', 'org.example.three']
const ATTEMPTS_PER_CHANGE = 10

function pick<T>(dice: Dice, list: readonly T[]): T {
  return list[Math.floor(dice.next() * list.length)] as T
}

function setState(side: Side, person: Person, roomId: string, type: string, key: string, content: Json): Promise<Json | undefined> {
  return side.try(person, 'PUT', `${pathOf(roomId)}/state/${type}/${encodeURIComponent(key)}`, content)
}

const custom: Move = (side, { roomId }, dice) => {
  const whose = dice.next() < 0.5 ? 'shared' : side.admin.userId
  const key = `${whose}-${Math.floor(dice.next() * SHARED_KEYS)}`
  return setState(side, pick(dice, side.people), roomId, pick(dice, TYPES), key, { value: dice.next() * 1e9 | 0 })
}

const describe: Move = (side, { roomId }, dice) => {
  const isName = dice.next() < 0.5
  const content = { [isName ? 'name' : 'topic']: `${dice.next() * 1e9 | 0}` }
  return setState(side, pick(dice, side.people), roomId, isName ? 'm.room.name' : 'm.room.topic', '', content)
}

/** Somebody rises or falls, or something takes more or less power. */
const shift: Move = async (side, { roomId, userIds, admins }, dice) => {
  const person = dice.next() < 0.7 ? side.admin : pick(dice, side.people)
  const content = await side.try(person, 'GET', `${pathOf(roomId)}/state/m.room.power_levels/`)
  if (content === undefined) return undefined
  const what = dice.next()
  const level = pick(dice, LEVELS)
  if (what < 0.7) {
    const userId = pick(dice, userIds)
    if (admins.has(userId)) return undefined
    content['users'] = { ...content['users'] as Json, [userId]: level }
  } else if (what < 0.85) content['events'] = { ...content['events'] as Json, [pick(dice, TYPES)]: level }
  else content[pick(dice, ['kick', 'ban', 'invite', 'redact'])] = level
  return setState(side, person, roomId, 'm.room.power_levels', '', content)
}

const open: Move = (side, { roomId }, dice) =>
  setState(side, side.admin, roomId, 'm.room.join_rules', '', { join_rule: pick(dice, ['public', 'public', 'invite']) })

const wander: Move = async (side, { roomId }, dice) => {
  const person = pick(dice, side.people.slice(1))
  return side.try(person, 'POST', `${pathOf(roomId)}/${dice.next() < 0.6 ? 'join' : 'leave'}`, {})
}

const judge: Move = (side, { roomId, userIds, admins }, dice) => {
  const person = dice.next() < 0.6 ? side.admin : pick(dice, side.people)
  const userId = pick(dice, userIds)
  if (admins.has(userId)) return Promise.resolve(undefined)
  return side.try(person, 'POST', `${pathOf(roomId)}/${pick(dice, ['kick', 'ban', 'unban', 'invite', 'invite'])}`, { user_id: userId })
}

const say: Move = (side, { roomId }, dice) => {
  const path = `${pathOf(roomId)}/send/m.room.message/${newTxnId()}`
  return side.try(pick(dice, side.people), 'PUT', path, { msgtype: 'm.text', body: `${dice.next()}` })
}

let txnIds = 0
const newTxnId = (): string => `move-${txnIds += 1}`

/** The moves that change the state, with how often each is made. */
const CHANGES: readonly (readonly [share: number, move: Move])[] = [
  [0.55, custom], [0.12, describe], [0.09, shift], [0.04, open], [0.11, wander], [0.09, judge],
]
const SAID_SHARE = 0.15
const REDACTED_SHARE = 0.03

/** Makes so many changes of the state on one side, with messages and redactions between them; the ids of the events. */
export async function makeChanges(side: Side, cast: Cast, count: number, dice: Dice): Promise<string[]> {
  const eventIds: string[] = []
  let made = 0
  for (let attempt = 0; made < count; attempt += 1) {
    if (attempt > count * ATTEMPTS_PER_CHANGE) throw new Error(`${side.island.serverName} made ${made} of ${count} changes`)
    if (dice.next() < SAID_SHARE) note(eventIds, await say(side, cast, dice))
    if (dice.next() < REDACTED_SHARE && eventIds.length > 0) await redact(side, cast.roomId, pick(dice, eventIds))
    const answer = await chooseMove(dice)(side, cast, dice)
    if (answer === undefined) continue
    made += 1
    note(eventIds, answer)
  }
  return eventIds
}

async function redact(side: Side, roomId: string, eventId: string): Promise<void> {
  await side.try(side.admin, 'PUT', `${pathOf(roomId)}/redact/${encodeURIComponent(eventId)}/${newTxnId()}`, {})
}

function chooseMove(dice: Dice): Move {
  let left = dice.next()
  for (const [share, move] of CHANGES) {
    left -= share
    if (left < 0) return move
  }
  return custom
}

function note(eventIds: string[], answer: Json | undefined): void {
  const eventId = answer?.['event_id']
  if (typeof eventId === 'string') eventIds.push(eventId)
}
