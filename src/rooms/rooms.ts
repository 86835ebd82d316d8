import { forbidden } from '../matrix/errors.ts'
import { isJsonObject, LOSSLESS, parseJson, type JsonObject } from '../matrix/json.ts'
import { redactEvent } from '../matrix/redaction.ts'
import { findRoomVersion, type RoomVersion } from '../matrix/room-versions.ts'
import type { Membership } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import { listCurrentStates, listLatestEvents, listRoomsById, type ExtremityRow, type LatestEvent } from '../store/rooms/room-heads.ts'
import { findRoomByNid, type RoomRow, type StateRow } from '../store/rooms/rooms.ts'
import { Lru } from '../util/lru.ts'
import { Room, type Extremity, type MemberEntry, type StateEntry } from './room.ts'
import { MAIN_LINE } from './state/state-reference.ts'

/** How many members and other state entries the rooms in memory may have together. */
const ENTRIES_MAX = 2_000_000

/** What a room weighs besides its state, for its recent events and the rest. */
const ROOM_WEIGHT = 100

const NOTHING_HAPPENED: LatestEvent = { pos: 0, lastChange: 0, extremities: [], breaks: [] }

/** So many rooms are read by one query at most. */
const LOADED_TOGETHER = 200

/** The rooms of this process, read when they are first asked for and kept while there is space. */
export class Rooms {
  readonly #db: Db
  readonly #head: () => number
  readonly #refresh: ((room: Room) => void) | undefined
  readonly #rooms = new Lru<string, Room>(ENTRIES_MAX, {
    weigh: (room) => room.entryCount() + ROOM_WEIGHT,
    isPinned: (room) => room.isInUse(),
  })
  readonly #loading = new Map<string, Promise<Room | undefined>>()
  readonly #idsByNid = new Lru<number, string>(ENTRIES_MAX)

  /** `head` tells the position up to which readers may see; `refresh` is called before anybody is given a room. */
  constructor(db: Db, head: () => number, refresh?: (room: Room) => void) {
    this.#db = db
    this.#head = head
    this.#refresh = refresh
  }

  /** The room with this id, if this server knows it. */
  find(roomId: string): Promise<Room | undefined> {
    const known = this.peek(roomId)
    if (known !== undefined) return Promise.resolve(known)
    const loading = this.#loading.get(roomId)
    if (loading !== undefined) return loading
    return this.#load([roomId]).then((rooms) => rooms.get(roomId))
  }

  /** Those of the rooms that this server knows, read together. */
  async findAll(roomIds: readonly string[]): Promise<Map<string, Room>> {
    const unknown = new Set<string>()
    for (let at = 0; at < roomIds.length; at += LOADED_TOGETHER) {
      const missing = roomIds.slice(at, at + LOADED_TOGETHER).filter(
        (roomId) => this.peek(roomId) === undefined && !this.#loading.has(roomId),
      )
      const loaded = missing.length === 0 ? undefined : await this.#load(missing)
      for (const roomId of missing) if (loaded?.has(roomId) !== true) unknown.add(roomId)
    }
    const rooms = await Promise.all(roomIds.filter((roomId) => !unknown.has(roomId)).map((roomId) => this.find(roomId)))
    return new Map(rooms.flatMap((room) => room === undefined ? [] : [[room.roomId, room]]))
  }

  /** The room, for who must be in it anyway: that a room is unknown is no other answer than not being in it. Throws M_FORBIDDEN. */
  async get(roomId: string): Promise<Room> {
    const room = await this.find(roomId)
    if (room === undefined) throw forbidden('You are not in this room.')
    return room
  }

  async findByNid(nid: number): Promise<Room | undefined> {
    const roomId = this.#idsByNid.get(nid) ?? (await findRoomByNid(this.#db, nid))?.room_id
    return roomId === undefined ? undefined : this.find(roomId)
  }

  /** The room if it is in memory and true. */
  peek(roomId: string): Room | undefined {
    const room = this.#rooms.get(roomId)
    if (room === undefined || room.isStale()) return undefined
    this.#refresh?.(room)
    return room
  }

  peekByNid(nid: number): Room | undefined {
    const roomId = this.#idsByNid.get(nid)
    return roomId === undefined ? undefined : this.peek(roomId)
  }

  /** Whether this is the room that everybody finds: one that is not true any more, or was forgotten, must not be written to. */
  isCurrent(room: Room): boolean {
    return this.peek(room.roomId) === room
  }

  /** A room of which only the state is written; nobody else finds it before it is taken in. */
  async open({ nid, roomId, version }: Identity): Promise<Room> {
    const rows = (await listCurrentStates(this.#db, [nid])).get(nid) ?? []
    return roomOf({ nid, roomId, version }, NOTHING_HAPPENED, rows, this.#head())
  }

  /** Takes in a room that was just made. */
  add(room: Room): void {
    this.#rooms.set(room.roomId, room)
    this.#idsByNid.set(room.nid, room.roomId)
  }

  /** Lets go of a room that the database says is gone; what was on its way into it is settled first. */
  async forget(roomId: string): Promise<void> {
    await this.#loading.get(roomId)
    const room = this.#rooms.peek(roomId)
    room?.spoil()
    await room?.quiet()
    this.#rooms.delete(roomId)
  }

  /** Has every room that is being read found by who asks for it meanwhile. */
  #load(roomIds: readonly string[]): Promise<Map<string, Room>> {
    const reading = this.#read(roomIds)
    for (const roomId of roomIds) {
      const loading = reading.then((rooms) => rooms.get(roomId))
      // Whoever waits for the room is told of the failure.
      loading.catch(() => undefined)
      this.#loading.set(roomId, loading)
    }
    return reading
  }

  async #read(roomIds: readonly string[]): Promise<Map<string, Room>> {
    try {
      // What of a spoiled room is on its way to the database may still be committed, and would be missing in what is read.
      await Promise.all(roomIds.map((roomId) => this.#rooms.peek(roomId)?.quiet()))
      const rows = await listRoomsById(this.#db, roomIds)
      const nids = rows.map((row) => row.nid)
      const latest = await listLatestEvents(this.#db, nids)
      const states = await listCurrentStates(this.#db, nids)
      const rooms = rows.flatMap((row) => buildRoom(row, latest.get(row.nid), states.get(row.nid) ?? [], this.#head()) ?? [])
      for (const room of rooms) this.add(room)
      return new Map(rooms.map((room) => [room.roomId, room]))
    } finally {
      for (const roomId of roomIds) this.#loading.delete(roomId)
    }
  }
}

function buildRoom(row: RoomRow, latest: LatestEvent | undefined, rows: readonly StateRow[], recentFrom: number): Room | undefined {
  const version = findRoomVersion(row.version)
  if (latest === undefined || version === undefined) return undefined
  return roomOf({ nid: row.nid, roomId: row.room_id, version }, latest, rows, recentFrom)
}

type Identity = Pick<Room, 'nid' | 'roomId' | 'version'>

function roomOf(identity: Identity, latest: LatestEvent, rows: readonly StateRow[], recentFrom: number): Room {
  const state: StateEntry[] = []
  const members: MemberEntry[] = []
  for (const entry of rows) {
    if (entry.membership === null) state.push(readStateEntry(entry, identity.version))
    else members.push(readMember(entry))
  }
  const { pos: lastPos, lastChange, breaks } = latest
  const extremities = latest.extremities.map((extremity) => readExtremity(extremity, lastChange))
  return new Room(identity, { extremities, state, members, lastPos, lastChange, recentFrom, breaks })
}

/** On the main line the state has been the present one since it last changed. */
function readExtremity(row: ExtremityRow, lastChange: number): Extremity {
  const at = row.state_branch === null ? row.pos : row.state_seq
  const state = { branch: row.state_branch ?? MAIN_LINE, at: at ?? 0 }
  const isPresent = state.branch === MAIN_LINE && state.at >= lastChange
  return { nid: row.nid, eventId: row.event_id, depth: row.depth, state: isPresent ? undefined : state }
}

function readStateEntry(row: StateRow, version: RoomVersion): StateEntry {
  return {
    key: row.key_nid,
    type: row.type,
    stateKey: row.state_key,
    nid: row.event_nid,
    eventId: row.event_id,
    sender: row.sender,
    content: readContent(row, version),
  }
}

function readContent(row: StateRow, version: RoomVersion): JsonObject {
  const parsed = parseJson(row.json ?? '{}', LOSSLESS)
  const whole = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const event = row.redacted ? redactEvent(whole, version) : whole
  return isJsonObject(event['content']) ? event['content'] : {}
}

function readMember(row: StateRow): MemberEntry {
  return {
    key: row.key_nid,
    userId: row.state_key,
    nid: row.event_nid,
    eventId: row.event_id,
    sender: row.sender,
    membership: (row.membership ?? 'leave') as Membership,
  }
}
