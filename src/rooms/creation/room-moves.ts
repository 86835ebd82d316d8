import { MatrixError } from '../../matrix/errors.ts'
import { isJsonObject, ownValue, setOwn, type JsonObject, type JsonValue, type MutableJsonObject } from '../../matrix/json.ts'
import type { PushRuleKind, PushRule } from '../../matrix/push-rules/push-rule.ts'
import type { Members } from '../../members/members.ts'
import type { Db } from '../../store/database.ts'
import { listJoinsBetween, listUsersGoneOn } from '../../store/rooms/memberships.ts'
import { listRoomsThatSet } from '../../store/rooms/rooms.ts'
import { WHOLE_ACCOUNT } from '../../store/users/account-data.ts'
import { Follower } from '../../streams/follower.ts'
import type { Stream } from '../../streams/stream.ts'
import type { AccountData } from '../../users/account-data.ts'
import type { PushRules } from '../../users/push-rules.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { EventCache } from '../event-cache.ts'
import { contentString } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { Rooms } from '../rooms.ts'

export interface RoomMovesParts {
  readonly db: Db
  readonly stream: Stream
  readonly rooms: Rooms
  readonly events: EventCache
  readonly members: Members
  readonly accountData: AccountData
  readonly pushRules: PushRules
  readonly clock: Clock
  readonly log: Log
}

interface Person { readonly user: number, readonly userId: string }

const TOMBSTONE = 'm.room.tombstone'
const TAGS = 'm.tag'
const DIRECT = 'm.direct'
const MOVED_KINDS: readonly PushRuleKind[] = ['override', 'room', 'underride']

/**
 * Whoever joins the successor of a room that was upgraded finds it as the old one was arranged: its tags, its push rules
 * and whether it is a direct chat (Client-Server API, Room upgrades, Server behaviour).
 */
export class RoomMoves {
  readonly #parts: RoomMovesParts
  /** Follows the joins and the ends of rooms, so that nobody is forgotten whom a stop of the server came between. */
  readonly follower: Follower

  constructor(parts: RoomMovesParts) {
    this.#parts = parts
    this.follower = new Follower({
      ...parts,
      name: 'room moves',
      // What is said where a room has ended may be its end.
      concerns: (change) => change.kind === 'membership'
        || (change.kind === 'event' && parts.rooms.peekByNid(change.room)?.state(TOMBSTONE) !== undefined),
      work: async (after, upTo) => {
        for (const join of await listJoinsBetween(parts.db, after, upTo)) await this.#look(join.user_nid, join.room_nid)
        for (const room of await listRoomsThatSet(parts.db, TOMBSTONE, after, upTo)) await this.#lookBack(room)
      },
    })
  }

  /** Arranges the new room for a user as the old one is. What is arranged there already stays. */
  async follow(person: Person, room: Room, successor: Room): Promise<void> {
    await this.#copyTags(person.user, room, successor)
    await this.#copyDirect(person.user, room, successor)
    await this.#copyPushRules(person, room, successor)
  }

  async #look(user: number, nid: number): Promise<void> {
    const { rooms } = this.#parts
    const successor = await rooms.findByNid(nid)
    const roomId = successor === undefined ? undefined : predecessorOf(successor)
    const room = roomId === undefined ? undefined : await rooms.find(roomId)
    // Anybody can name a room as the predecessor; that it says so itself makes it true.
    if (successor !== undefined && room !== undefined && successorOf(room) === successor.roomId) {
      await this.#followOnJoin(user, room, successor)
    }
  }

  /** Another server may tell that a room has ended after people of ours went on. */
  async #lookBack(nid: number): Promise<void> {
    const { db, rooms } = this.#parts
    const room = await rooms.findByNid(nid)
    const successorId = room === undefined ? undefined : successorOf(room)
    const successor = successorId === undefined ? undefined : await rooms.find(successorId)
    if (room === undefined || successor === undefined || predecessorOf(successor) !== room.roomId) return
    for (const person of await listUsersGoneOn(db, room.nid, successor.nid)) await this.#tryFollow(person, room, successor)
  }

  async #tryFollow(person: Person, room: Room, successor: Room): Promise<void> {
    try {
      await this.follow(person, room, successor)
    } catch (error) {
      // What the user's own data do not allow will not be allowed later either; it must not hold up the others.
      if (!(error instanceof MatrixError)) throw error
      this.#parts.log.info({ errcode: error.errcode, room: room.roomId }, 'A room was not arranged as its predecessor was')
    }
  }

  async #followOnJoin(user: number, room: Room, successor: Room): Promise<void> {
    const { members, events } = this.#parts
    const memberships = await members.roomsOf(user)
    const here = memberships.get(successor.nid)
    if (here?.membership !== 'join') return
    if (!memberships.has(room.nid)) return
    const event = await events.find(here.eventNid)
    const before = event?.replacesNid === undefined ? undefined : await events.find(event.replacesNid)
    if (event?.stateKey === undefined || (before !== undefined && contentString(before, 'membership') === 'join')) return
    await this.#tryFollow({ user, userId: event.stateKey }, room, successor)
  }

  async #copyTags(user: number, room: Room, successor: Room): Promise<void> {
    const { accountData } = this.#parts
    const tags = await accountData.find(user, room.nid, TAGS)
    if (tags === undefined || await accountData.find(user, successor.nid, TAGS) !== undefined) return
    await accountData.set(user, successor.nid, TAGS, tags)
  }

  /** `m.direct` names the rooms of each user one talks to. */
  async #copyDirect(user: number, { roomId }: Room, successor: Room): Promise<void> {
    const { accountData } = this.#parts
    const direct = await accountData.find(user, WHOLE_ACCOUNT, DIRECT)
    if (direct === undefined || !Object.values(direct).some((rooms) => names(rooms, roomId))) return
    await accountData.change(user, undefined, DIRECT, (before = {}) => withSuccessor(before, roomId, successor.roomId))
  }

  /** Copies the rules that are about the old room: those with its id as their name, and those with a condition on it. */
  async #copyPushRules(person: Person, { roomId }: Room, successor: Room): Promise<void> {
    const { pushRules } = this.#parts
    const { own } = (await pushRules.rulesOf(person.user)).changes
    for (const kind of MOVED_KINDS) {
      const rules = own[kind] ?? []
      for (const rule of rules) {
        const copy = copyRule(rule, roomId, successor.roomId)
        if (copy === undefined || rules.some((other) => other.rule_id === copy.rule_id)) continue
        const { rule_id: ruleId, enabled, actions, conditions } = copy
        const body = { actions: [...actions], ...(conditions === undefined ? {} : { conditions: [...conditions] }) }
        await pushRules.put(person, kind, ruleId, body, {})
        if (!enabled) await pushRules.setEnabled(person, kind, ruleId, false)
      }
    }
  }
}

const successorOf = (room: Room): string | undefined => room.stateString(TOMBSTONE, 'replacement_room')

function predecessorOf(room: Room): string | undefined {
  const predecessor = ownValue(room.state('m.room.create')?.content ?? {}, 'predecessor')
  const roomId = isJsonObject(predecessor) ? ownValue(predecessor, 'room_id') : undefined
  return typeof roomId === 'string' ? roomId : undefined
}

function names(rooms: JsonValue | undefined, roomId: string): boolean {
  return Array.isArray(rooms) && rooms.includes(roomId)
}

function withSuccessor(direct: JsonObject, roomId: string, successorId: string): JsonObject | undefined {
  const changed: MutableJsonObject = {}
  let isChanged = false
  for (const [userId, rooms] of Object.entries(direct)) {
    const isAdded = names(rooms, roomId) && !names(rooms, successorId)
    isChanged ||= isAdded
    setOwn(changed, userId, isAdded && Array.isArray(rooms) ? [...rooms, successorId] : rooms)
  }
  return isChanged ? changed : undefined
}

/** The rule for the new room; undefined where it is not about the old one. */
function copyRule(rule: PushRule, roomId: string, successorId: string): PushRule | undefined {
  const conditions = rule.conditions?.map((condition) => isAbout(condition, roomId) ? { ...condition, pattern: successorId } : condition)
  const isConditional = rule.conditions?.some((condition) => isAbout(condition, roomId)) === true
  if (rule.rule_id !== roomId && !isConditional) return undefined
  const ruleId = rule.rule_id.includes(roomId) ? rule.rule_id.replaceAll(roomId, successorId) : `${rule.rule_id}_${successorId}`
  return { ...rule, rule_id: ruleId, ...(conditions === undefined ? {} : { conditions }) }
}

function isAbout(condition: JsonObject, roomId: string): boolean {
  const is = (key: string, value: string): boolean => ownValue(condition, key) === value
  return is('kind', 'event_match') && is('key', 'room_id') && is('pattern', roomId)
}
