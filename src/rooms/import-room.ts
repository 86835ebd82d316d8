import { forbidden, MatrixError } from '../matrix/errors.ts'
import { serverNameOf } from '../matrix/ids.ts'
import type { JsonObject } from '../matrix/json.ts'
import { findRoomVersion } from '../matrix/room-versions.ts'
import { allow } from '../matrix/verdict.ts'
import { findHeaders } from '../store/rooms/known-events.ts'
import { deleteFirstState, insertFirstState } from '../store/rooms/outliers.ts'
import { findRoom, insertRoom } from '../store/rooms/rooms.ts'
import { yieldToLoop } from '../util/yield.ts'
import type { EventNumbers } from './event-numbers.ts'
import { prepareDrafts, type PrepareParts } from './prepare.ts'
import { checkPdus, type CheckedPdu, type RoomIdentity } from './receive/check-pdus.ts'
import { ForkedRun, type ForkedParts } from './receive/forked-run.ts'
import { isOtherCreate } from './receive/judge.ts'
import { draftOf, isPlaced, type Received } from './receive/received.ts'
import type { Before } from './receive/state-before.ts'
import type { RoomEvent } from './room-event.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import { checkGivenState, noteLeftOut, storeGivenState, type GivenState, type GivenStateParts } from './state/given-state.ts'
import { MAIN_LINE } from './state/state-reference.ts'
import { viewOf, type ViewEntry } from './state/state-view.ts'
import type { RoomWriter } from './writer.ts'

export interface RoomImportParts extends ForkedParts, GivenStateParts, PrepareParts {
  readonly rooms: Rooms
  readonly writer: RoomWriter
  readonly numbers: EventNumbers
  now(): number
}

/** What another server answers to a join: the state before it, and what authorises that. */
export interface RoomGiven extends GivenState {
  readonly roomId: string
  /** The id of the room version. */
  readonly version: string
  /** The event that lets somebody of this server in, or whatever else takes us into the room. */
  readonly join: JsonObject
}

const WRITTEN_TOGETHER = 1_000

/** Takes rooms in that live on other servers (Server-Server API, Joining Rooms). */
export class RoomImport {
  readonly #parts: RoomImportParts

  constructor(parts: RoomImportParts) {
    this.#parts = parts
  }

  /**
   * Enters a room with the state that another server tells; in a room that we were in before, what has changed since is told
   * to its clients with the join. Nothing is seen before the join is committed. Throws M_UNKNOWN where the answer cannot be
   * used, M_FORBIDDEN where the rules do not let the join in, M_UNSUPPORTED_ROOM_VERSION.
   */
  async importRoom(given: RoomGiven): Promise<{ readonly room: Room, readonly event: RoomEvent }> {
    const version = findRoomVersion(given.version)
    if (version === undefined) throw new MatrixError('M_UNSUPPORTED_ROOM_VERSION', `Room version ${given.version} is unknown here.`)
    const identity: RoomIdentity = { roomId: given.roomId, version }
    const [join] = await checkPdus(identity, [given.join], this.#parts.keys)
    if (join?.ok !== true) throw new MatrixError('M_UNKNOWN', 'The join that the other server sent back cannot be used.')
    const checked = await checkGivenState(this.#parts.keys, identity, given)
    const known = await this.#parts.rooms.find(given.roomId)
    if (isOtherCreate(checked.create.pdu, known?.state('m.room.create'))) {
      throw new MatrixError('M_UNKNOWN', 'The other server tells of another room with the same id.')
    }
    const nid = await this.#findNid(identity)
    const entries = await storeGivenState(this.#parts, { nid, ...identity }, checked)
    const entered = await (
      known === undefined ? this.#enter({ nid, ...identity }, entries, join) : this.#reenter(given.roomId, entries, join)
    )
    await noteLeftOut(this.#parts.db, given, entries, { room: nid, pos: entered.event.pos ?? 0 })
    return entered
  }

  async #findNid({ roomId, version }: RoomIdentity): Promise<number> {
    const { db, now } = this.#parts
    const nid = await insertRoom(db, { roomId, version: version.id, createdAt: now() }) ?? (await findRoom(db, roomId))?.nid
    if (nid === undefined) throw new MatrixError('M_UNKNOWN', 'This room was deleted here.')
    return nid
  }

  /** The state is written in bulk before any position: who asks for the room does not find it before the join is there. */
  async #enter(
    room: RoomIdentity & { readonly nid: number }, entries: ReadonlyMap<number, ViewEntry>, join: CheckedPdu,
  ): Promise<{ room: Room, event: RoomEvent }> {
    const { db, rooms } = this.#parts
    await deleteFirstState(db, room.nid)
    const rows = [...entries].map(([key, entry]) => ({ key, ...entry }))
    for (let at = 0; at < rows.length; at += WRITTEN_TOGETHER) {
      await insertFirstState(db, room.nid, rows.slice(at, at + WRITTEN_TOGETHER))
      await yieldToLoop()
    }
    const opened = await rooms.open(room)
    const view = viewOf({ branch: MAIN_LINE, at: 0 })
    return this.#commit(opened, join, { view, isPresent: true, prev: [], missing: join.pdu.prevEvents }, () => rooms.add(opened))
  }

  /** The room may have been read anew while what was told of it was written. */
  #reenter(roomId: string, entries: ReadonlyMap<number, ViewEntry>, join: CheckedPdu): Promise<{ room: Room, event: RoomEvent }> {
    return this.#parts.writer.holdSettled(roomId, async (room) => {
      const changes = new Map<number, ViewEntry | undefined>()
      for (const { key } of [...room.listState(), ...room.listMembers()]) if (!entries.has(key)) changes.set(key, undefined)
      const present = new Map([...room.listState(), ...room.listMembers()].map(({ key, nid }) => [key, nid]))
      for (const [key, entry] of entries) if (present.get(key) !== entry.nid) changes.set(key, entry)
      const view = { base: { branch: MAIN_LINE, at: room.lastPos() }, changes }
      const headers = await findHeaders(this.#parts.db, join.pdu.prevEvents)
      const prev = [...headers.values()].filter(isPlaced)
      const missing = join.pdu.prevEvents.filter((eventId) => !isPlaced(headers.get(eventId)))
      return this.#commit(room, join, { view, isPresent: changes.size === 0, prev, missing })
    })
  }

  /** `begin` is called when nothing speaks against the join any more. */
  async #commit(
    room: Room, join: CheckedPdu, before: Before, begin?: () => void,
  ): Promise<{ room: Room, event: RoomEvent }> {
    const { writer, now } = this.#parts
    const received = await this.#prepare(room, join)
    const isAlone = ![...room.listMembers()].some(({ userId, membership }) => (
      membership === 'join' && serverNameOf(userId) === this.#parts.serverName
    ))
    const run = new ForkedRun(this.#parts, room, { before, now: now(), isAlone })
    const judged = await run.take(received, allow)
    if ('unjudged' in judged) throw refused(judged.unjudged)
    if (judged.status !== 'accepted') throw refused(judged.reason)
    const { built, places } = await run.finish()
    begin?.()
    for (const { change } of built) room.pend(change)
    const [event] = await writer.commit(room, built, { places })
    if (event === undefined) throw new Error('A join was committed and is not there')
    return { room, event }
  }

  async #prepare(room: Room, join: CheckedPdu): Promise<Received> {
    const { db, numbers, outliers, chains } = this.#parts
    const [prepared] = await prepareDrafts(this.#parts, room, [draftOf(join, room.version)])
    const known = await outliers.findKnown(room, join.pdu.authEvents)
    const cited = join.pdu.authEvents.flatMap((eventId) => known.get(eventId) ?? [])
    if (prepared === undefined || cited.length < join.pdu.authEvents.length) {
      throw new MatrixError('M_UNKNOWN', 'The other server did not tell what authorises the join.')
    }
    await chains.prepare(room, cited.map((event) => event.nid))
    while (!numbers.has(1)) await numbers.draw()
    const outlier = (await findHeaders(db, [join.eventId])).get(join.eventId)
    return {
      eventId: join.eventId, checked: join, prepared, cited,
      nid: outlier?.nid ?? numbers.take(),
      wasOutlier: outlier !== undefined,
      learnedAt: outlier?.received_at,
      place: undefined,
      isBehind: false,
      redactedBy: undefined,
    }
  }
}

function refused(reason = ''): MatrixError {
  return forbidden(`The rules of the room do not let this in: ${reason}`)
}
