import { forbidden } from '../matrix/errors.ts'
import { isJsonObject, LOSSLESS, parseJson, type JsonObject } from '../matrix/json.ts'
import { redactEvent } from '../matrix/redaction.ts'
import { findRoomVersion, type RoomVersion } from '../matrix/room-versions.ts'
import type { Membership } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import { findLatestEvent, findRoom, findRoomByNid, listCurrentState, type RoomRow, type StateRow } from '../store/rooms.ts'
import { Lru } from '../util/lru.ts'
import { Room, type MemberEntry, type StateEntry } from './room.ts'

/** How many members and other state entries the rooms in memory may have together. */
const ENTRIES_MAX = 2_000_000

/** The rooms of this process, read when they are first asked for and kept while there is space. */
export class Rooms {
  readonly #db: Db
  readonly #head: () => number
  readonly #rooms = new Lru<string, Room>(ENTRIES_MAX, {
    weigh: (room) => room.joinedCount() + 100,
    isPinned: (room) => room.isBusy(),
  })
  readonly #loading = new Map<string, Promise<Room | undefined>>()
  readonly #idsByNid = new Lru<number, string>(ENTRIES_MAX)

  /** `head` tells the position up to which readers may see. */
  constructor(db: Db, head: () => number) {
    this.#db = db
    this.#head = head
  }

  /** The room with this id, if this server knows it. */
  find(roomId: string): Promise<Room | undefined> {
    const known = this.peek(roomId)
    if (known !== undefined) return Promise.resolve(known)
    let loading = this.#loading.get(roomId)
    if (loading === undefined) {
      loading = this.#load(roomId)
      this.#loading.set(roomId, loading)
    }
    return loading
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
    return room === undefined || room.isStale() ? undefined : room
  }

  peekByNid(nid: number): Room | undefined {
    const roomId = this.#idsByNid.get(nid)
    return roomId === undefined ? undefined : this.peek(roomId)
  }

  /** Takes in a room that was just made. */
  add(room: Room): void {
    this.#rooms.set(room.roomId, room)
    this.#idsByNid.set(room.nid, room.roomId)
  }

  async #load(roomId: string): Promise<Room | undefined> {
    try {
      const row = await findRoom(this.#db, roomId)
      const version = row === undefined ? undefined : findRoomVersion(row.version)
      if (row === undefined || version === undefined) return undefined
      const room = await this.#read(row, version)
      if (room !== undefined) this.add(room)
      return room
    } finally {
      this.#loading.delete(roomId)
    }
  }

  async #read(row: RoomRow, version: RoomVersion): Promise<Room | undefined> {
    const latest = await findLatestEvent(this.#db, row.nid)
    if (latest === undefined) return undefined
    const state: StateEntry[] = []
    const members: MemberEntry[] = []
    for (const entry of await listCurrentState(this.#db, row.nid)) {
      if (entry.membership === null) state.push(readStateEntry(entry, version))
      else members.push(readMember(entry))
    }
    const extremities = latest.extremities.map(({ nid, event_id: eventId, depth }) => ({ nid, eventId, depth }))
    return new Room({ nid: row.nid, roomId: row.room_id, version }, { extremities, state, members, lastPos: latest.pos, recentFrom: this.#head() })
  }
}

function readStateEntry(row: StateRow, version: RoomVersion): StateEntry {
  return { key: row.key_nid, type: row.type, stateKey: row.state_key, nid: row.event_nid, eventId: row.event_id, sender: row.sender, content: readContent(row, version) }
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
