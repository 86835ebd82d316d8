import { serverNameOf } from '../../matrix/ids.ts'
import type { Members } from '../../members/members.ts'
import type { Db } from '../../store/database.ts'
import type { Names } from '../../store/names.ts'
import {
  closeRoom, deleteEventsOfRoom, deleteRowsOfMembers, deleteRowsOfRoom, hasUnsentEvents, listStragglers, markRoomDeleted, TABLES_OF_ROOMS,
} from '../../store/rooms/purge.ts'
import type { Committer } from '../../streams/committer.ts'
import type { JobKind, JobStep, JobTask } from '../../streams/background-jobs.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { Aliases } from '../aliases.ts'
import type { RoomCreation } from '../creation/create-room.ts'
import type { Directory } from '../directory/directory.ts'
import type { EventCache } from '../event-cache.ts'
import type { MembershipChanges } from '../membership.ts'
import { profileFields, type ProfileSource } from '../profiles.ts'
import type { RetentionPolicies } from './retention-policies.ts'
import type { RoomBlocks } from './room-blocks.ts'
import type { MemberEntry, Room } from '../room.ts'
import type { Rooms } from '../rooms.ts'
import type { RoomWriter } from '../writer.ts'

export const DELETE_ROOM_JOB = 'delete-room'

/** How a room is to be deleted. */
export interface DeletionOrder {
  /** Undefined for a room that this server does not know, and that is to be blocked only. */
  readonly room: number | undefined
  readonly roomId: string
  /** Who invites the members into another room, where there is to be one. */
  readonly newRoom: { readonly user: number, readonly userId: string, readonly name: string, readonly message: string } | undefined
  readonly purges: boolean
  /** Whether the room goes also if somebody could not be made to leave it. */
  readonly forces: boolean
}

/** What came of it so far. Of very many users only the first are named. */
export interface DeletionResult {
  readonly kicked: readonly string[]
  readonly failed: readonly string[]
  readonly aliases: readonly string[]
  readonly newRoomId: string | null
  readonly error?: string
}

type Phase = 'new-room' | 'members' | 'aliases' | 'farewell' | 'close' | 'events' | 'tables' | 'of-members' | 'end'

/** How far a deletion has come. */
export interface DeletionCursor {
  readonly phase: Phase
  /** Of the tables or of the members, from which one on; or since when other servers are waited for. */
  readonly at: number
  readonly result: DeletionResult
}

export interface DeleteRoomJobParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly committer: Committer
  readonly names: Names
  readonly members: Members
  readonly rooms: Rooms
  readonly events: EventCache
  readonly writer: RoomWriter
  readonly aliases: Aliases
  readonly directory: Directory
  readonly membership: MembershipChanges
  readonly roomCreation: RoomCreation
  readonly profiles: ProfileSource
  readonly retentionPolicies: RetentionPolicies
  readonly roomBlocks: RoomBlocks
  readonly serverName: string
}

const NOTHING: DeletionResult = { kicked: [], failed: [], aliases: [], newRoomId: null }
const MEMBERS_AT_ONCE = 20
const NAMED_MAX = 1_000
/** So long other servers may take to hear of the leaves; those that do not answer by then will not hear of them from us. */
const FAREWELL_MAX_MS = 600_000
const FAREWELL_LOOK_MS = 1_000
/** The follower that knows what other servers are to be sent. */
const FEDERATION_SENDER = 'federation sender'
const PRESENT: ReadonlySet<string> = new Set(['join', 'invite', 'knock'])

/** Takes a room from this server: its users leave it, its names go, and then all that is stored of it, step by step. */
export class DeleteRoomJob implements JobKind {
  readonly name = DELETE_ROOM_JOB
  readonly #parts: DeleteRoomJobParts

  constructor(parts: DeleteRoomJobParts) {
    this.#parts = parts
  }

  async step({ arguments: given, cursor, size }: JobTask): Promise<JobStep> {
    const order = given as DeletionOrder
    const at = cursor as DeletionCursor | null | undefined ?? { phase: 'new-room', at: 0, result: NOTHING }
    if (order.room === undefined) return { cursor: { ...at, phase: 'end' }, done: 0, then: 'finish' }
    this.#parts.roomBlocks.hold(order.roomId)
    const step = await this.#stepOf(order, order.room, at, size)
    if (step.then === 'finish') this.#parts.roomBlocks.release(order.roomId)
    return step
  }

  async #stepOf(order: DeletionOrder, room: number, at: DeletionCursor, size: number): Promise<JobStep> {
    switch (at.phase) {
      case 'new-room':
        return this.#makeNewRoom(order, at)
      case 'members':
        return this.#removeMembers(order, at)
      case 'aliases':
        return this.#removeNames(order, room, at)
      case 'farewell':
        return this.#awaitFarewell(order, room, at)
      case 'close':
        return this.#close(order, room, at)
      case 'events':
        return this.#deleteEvents(room, at, size)
      case 'tables':
        return this.#deleteRows(room, at, size)
      case 'of-members':
        return this.#deleteOfMembers(room, at, size)
      case 'end':
        await markRoomDeleted(this.#parts.db, room, this.#parts.clock.now())
        return { cursor: at, done: 0, then: 'finish' }
    }
  }

  async #makeNewRoom({ newRoom }: DeletionOrder, at: DeletionCursor): Promise<JobStep> {
    if (newRoom === undefined) return next(at, 'members')
    const { roomCreation, rooms, writer } = this.#parts
    const newRoomId = await roomCreation.create({ user: newRoom.user, userId: newRoom.userId, suspended: false }, {
      preset: 'public_chat', name: newRoom.name, power_level_content_override: { users_default: -10 },
    })
    const room = await rooms.get(newRoomId)
    const content = { msgtype: 'm.text', body: newRoom.message }
    await writer.append(room, [{ type: 'm.room.message', sender: newRoom.userId, content }])
    return next(at, 'members', { newRoomId })
  }

  /** Everybody leaves by an event of their own, as if they did it themselves. */
  async #removeMembers({ roomId, purges, forces }: DeletionOrder, at: DeletionCursor): Promise<JobStep> {
    const room = await this.#parts.rooms.find(roomId)
    const { result } = at
    const left = room === undefined ? [] : this.#listPresent(room, new Set(result.failed)).slice(0, MEMBERS_AT_ONCE)
    if (room === undefined || left.length === 0) {
      if (!purges || forces || result.failed.length === 0) return next(at, 'aliases')
      return { cursor: { ...at, result: { ...result, error: 'Somebody is still in the room.' } }, done: 0, then: 'finish' }
    }
    const outcomes = await Promise.all(left.map((member) => this.#remove(room, member, result.newRoomId)))
    const gone = left.filter((_, index) => outcomes[index]).map(({ userId }) => userId)
    const failed = left.filter((_, index) => !outcomes[index]).map(({ userId }) => userId)
    const kicked = [...result.kicked, ...gone].slice(0, NAMED_MAX)
    return { cursor: { ...at, result: { ...result, kicked, failed: [...result.failed, ...failed] } }, done: gone.length, then: 'go on' }
  }

  #listPresent(room: Room, failed: ReadonlySet<string>): MemberEntry[] {
    const { serverName } = this.#parts
    return [...room.listMembers()].filter(({ userId, membership }) => (
      PRESENT.has(membership) && serverNameOf(userId) === serverName && !failed.has(userId)
    ))
  }

  async #remove(room: Room, { userId, membership }: MemberEntry, newRoomId: string | null): Promise<boolean> {
    const { names, rooms, membership: changes, log } = this.#parts
    try {
      const actor = { user: await names.internUser(userId), userId, isGuest: false }
      await changes.leave(actor, room)
      const newRoom = newRoomId === null || membership !== 'join' ? undefined : await rooms.find(newRoomId)
      if (newRoom !== undefined) await this.#moveInto(newRoom, userId)
      return true
    } catch (error) {
      log.info({ room: room.roomId, user: userId, error: String(error) }, 'Somebody could not be moved out of a room that is deleted')
      return false
    }
  }

  /** How often people may join is no concern of theirs who are made to. */
  async #moveInto(room: Room, userId: string): Promise<void> {
    if (room.pendingMember(userId)?.membership === 'join') return
    const found = await this.#parts.profiles.findProfiles([userId])
    const content = { ...profileFields(found.get(userId)), membership: 'join' }
    await this.#parts.writer.append(room, [{ type: 'm.room.member', sender: userId, stateKey: userId, content }])
  }

  async #removeNames({ purges }: DeletionOrder, room: number, at: DeletionCursor): Promise<JobStep> {
    const { aliases, directory, rooms } = this.#parts
    const { newRoomId } = at.result
    const found = [...new Set([...at.result.aliases, ...await aliases.listOfRoom(room)])]
    const newRoom = newRoomId === null ? undefined : await rooms.find(newRoomId)
    if (newRoom !== undefined) await aliases.move(room, newRoom.nid)
    else for (const alias of found) await aliases.release(alias)
    await directory.publish(room, false)
    const step = next(at, purges ? 'farewell' : 'end', { aliases: found })
    return purges ? step : { ...step, then: 'finish' }
  }

  /** What is deleted cannot be sent any more: the other servers of the room would go on taking our users for members. */
  async #awaitFarewell({ roomId }: DeletionOrder, nid: number, at: DeletionCursor): Promise<JobStep> {
    const { db, clock, rooms, serverName } = this.#parts
    const room = await rooms.find(roomId)
    const isShared = room !== undefined && [...room.listMembers()].some(({ userId, membership }) => (
      membership === 'join' && serverNameOf(userId) !== serverName
    ))
    const since = at.at === 0 ? clock.now() : at.at
    const waits = isShared && clock.now() - since < FAREWELL_MAX_MS && await hasUnsentEvents(db, nid, FEDERATION_SENDER)
    return waits ? { cursor: { ...at, at: since }, done: 0, then: 'go on', pauseMs: FAREWELL_LOOK_MS } : next(at, 'close')
  }

  async #close({ roomId }: DeletionOrder, room: number, at: DeletionCursor): Promise<JobStep> {
    const { db, rooms, retentionPolicies } = this.#parts
    await closeRoom(db, room)
    await rooms.forget(roomId)
    retentionPolicies.apply(room, undefined)
    await this.#dismiss(room, roomId)
    return next(at, 'events')
  }

  /** Who could not be made to leave before, or came in at the last moment, is told all the same that it is over. */
  async #dismiss(room: number, roomId: string): Promise<void> {
    const { db, committer, members } = this.#parts
    const stragglers = await listStragglers(db, room)
    if (stragglers.length === 0) return
    await committer.submit({
      positions: stragglers.length,
      rows: (first) => ({
        memberships: stragglers.map(({ user_nid: user, event_nid: eventNid }, index) => (
          [user, room, 'leave', eventNid, first + index, null]
        )),
      }),
      committed: (first) => stragglers.map(({ user_nid: user, event_nid: eventNid }, index) => {
        const pos = first + index
        members.apply(user, { room, roomId, membership: 'leave', eventNid, pos, forgotten: false })
        return { kind: 'membership', user, room, pos }
      }),
    })
  }

  async #deleteEvents(room: number, at: DeletionCursor, size: number): Promise<JobStep> {
    const nids = await deleteEventsOfRoom(this.#parts.db, room, size)
    for (const nid of nids) this.#parts.events.forget(nid)
    return nids.length === 0 ? next(at, 'tables') : { cursor: at, done: nids.length, then: 'go on' }
  }

  async #deleteRows(room: number, at: DeletionCursor, size: number): Promise<JobStep> {
    const table = TABLES_OF_ROOMS[at.at]
    if (table === undefined) return next(at, 'of-members')
    const done = await deleteRowsOfRoom(this.#parts.db, table, room, size)
    return { cursor: done < size ? { ...at, at: at.at + 1 } : at, done, then: 'go on' }
  }

  async #deleteOfMembers(room: number, at: DeletionCursor, size: number): Promise<JobStep> {
    const last = await deleteRowsOfMembers(this.#parts.db, room, at.at, size)
    return last === undefined ? next(at, 'end') : { cursor: { ...at, at: last }, done: 0, then: 'go on' }
  }
}

function next({ result }: DeletionCursor, phase: Phase, change: Partial<DeletionResult> = {}): JobStep {
  const cursor: DeletionCursor = { phase, at: 0, result: { ...result, ...change } }
  return { cursor, done: 0, then: 'go on' }
}
