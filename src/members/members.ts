import { listMembershipsOfUsers, type MembershipRow } from '../store/rooms/memberships.ts'
import type { Db } from '../store/database.ts'
import { listRoomsJoined } from '../store/rooms/shared-rooms.ts'
import { Batch } from '../util/batch.ts'
import { Lru } from '../util/lru.ts'

export type Membership = 'join' | 'invite' | 'leave' | 'ban' | 'knock'

/** Where a user stands with a room: the committed membership and the position at which it began. */
export interface UserRoom {
  readonly room: number
  readonly roomId: string
  readonly membership: Membership
  readonly eventNid: number
  readonly pos: number
  readonly forgotten: boolean
}

export type UserRooms = ReadonlyMap<number, UserRoom>

/** What was committed while the rows of a user are on their way. */
interface Missed {
  readonly missed: UserRoom[]
  /** By the numbers of the membership events. */
  readonly forgotten: Set<number>
}

const REMEMBERED_MAX = 1_000_000
/** One text for all: each row comes with one of its own. */
const MEMBERSHIPS: Readonly<Record<Membership, Membership>> = {
  join: 'join', invite: 'invite', leave: 'leave', ban: 'ban', knock: 'knock',
}
const ROOM_IDS_MAX = 200_000

/** The rooms of each user of this server, remembered for those who were asked for and kept true by each commit. */
export class Members {
  readonly #db: Db
  readonly #rows: Batch<number, MembershipRow[]>
  readonly #rooms = new Lru<number, Map<number, UserRoom>>(REMEMBERED_MAX, { weigh: (rooms) => rooms.size + 1 })
  readonly #roomIds = new Lru<number, string>(ROOM_IDS_MAX)
  readonly #loading = new Map<number, Missed & { readonly rooms: Promise<Map<number, UserRoom>> }>()

  constructor(db: Db) {
    this.#db = db
    this.#rows = new Batch((users) => listMembershipsOfUsers(db, users))
  }

  /** Every room that the user is or was in, is invited to or knocks at. The map changes with later commits. */
  roomsOf(user: number): Promise<UserRooms> {
    const known = this.#rooms.get(user)
    if (known !== undefined) return Promise.resolve(known)
    const loading = this.#loading.get(user)
    if (loading !== undefined) return loading.rooms
    const missed: Missed = { missed: [], forgotten: new Set() }
    const rooms = this.#load(user, missed)
    this.#loading.set(user, { rooms, ...missed })
    return rooms
  }

  /** The rooms of a user if they are in memory. */
  peekRoomsOf(user: number): UserRooms | undefined {
    return this.#rooms.get(user)
  }

  async membershipOf(user: number, room: number): Promise<UserRoom | undefined> {
    return (await this.roomsOf(user)).get(room)
  }

  /** Where the user stands with a room that this server need not be in. */
  async findByRoomId(user: number, roomId: string): Promise<UserRoom | undefined> {
    for (const entry of (await this.roomsOf(user)).values()) if (entry.roomId === roomId) return entry
    return undefined
  }

  /** The rooms that users of other servers are joined to; who is in none is left out. */
  async listElsewhere(users: readonly number[]): Promise<Map<number, readonly number[]>> {
    const byUser = Map.groupBy(await listRoomsJoined(this.#db, users), (row) => row.user_nid)
    return new Map([...byUser].map(([user, rows]) => [user, rows.map((row) => row.room_nid)]))
  }

  /** Takes over a membership that has been committed. */
  apply(user: number, entry: UserRoom): void {
    this.#rooms.peek(user)?.set(entry.room, entry)
    this.#loading.get(user)?.missed.push(entry)
  }

  /** Takes over that a membership was forgotten, unless another has taken its place. */
  forget(user: number, { room, eventNid }: Pick<UserRoom, 'room' | 'eventNid'>): void {
    const known = this.#rooms.peek(user)
    const entry = known?.get(room)
    if (entry?.eventNid === eventNid) known?.set(room, { ...entry, forgotten: true })
    this.#loading.get(user)?.forgotten.add(eventNid)
  }

  async #load(user: number, { missed, forgotten }: Missed): Promise<Map<number, UserRoom>> {
    try {
      const rooms = new Map<number, UserRoom>()
      for (const row of await this.#rows.get(user)) {
        const { room_nid: room, event_nid: eventNid, pos } = row
        rooms.set(room, {
          room, roomId: this.#oneText(room, row.room_id), membership: MEMBERSHIPS[row.membership as Membership], eventNid, pos,
          forgotten: row.forgotten || forgotten.has(eventNid),
        })
      }
      // What was committed while the rows were on their way may be newer than they are.
      for (const entry of missed) if (entry.pos >= (rooms.get(entry.room)?.pos ?? 0)) rooms.set(entry.room, entry)
      this.#rooms.set(user, rooms)
      return rooms
    } finally {
      this.#loading.delete(user)
    }
  }

  /** Every row comes with a text of its own; a thousand members of a room need only one. */
  #oneText(room: number, roomId: string): string {
    const known = this.#roomIds.get(room)
    if (known !== undefined) return known
    this.#roomIds.set(room, roomId)
    return roomId
  }
}
