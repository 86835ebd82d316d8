import type { Db } from '../store/database.ts'
import { findUserJoinedOrParted, listUsersMetOrLeft, listUsersSharing } from '../store/rooms/shared-rooms.ts'
import type { Change } from '../streams/changes.ts'
import type { Stream } from '../streams/stream.ts'
import type { Members, UserRooms } from './members.ts'

type MembershipChange = Extract<Change, { kind: 'membership' | 'remote-membership' }>

/** A membership that changed, and once somebody had to know, whose joining or parting it was; undefined if it was neither. */
interface Move {
  /** The number of a user of this server, the user id of another. */
  readonly user: number | string
  readonly room: number
  readonly pos: number
  whoTurned: Promise<number | undefined> | undefined
}

const RECENT_MAX = 20_000

/** Of so few users the rooms are looked at in memory; of more the database is asked at once. */
const LOOKED_AT_MAX = 16

/** Who is joined to rooms together with whom, and when that may have changed. */
export class SharedRooms {
  readonly #db: Db
  readonly #members: Pick<Members, 'roomsOf'>
  /** The latest changes of memberships in the order of positions: all that came after `#recentFrom`. */
  readonly #recent: Move[] = []
  #recentFrom: number

  constructor({ db, stream, members }: { readonly db: Db, readonly stream: Stream, readonly members: Pick<Members, 'roomsOf'> }) {
    this.#db = db
    this.#members = members
    this.#recentFrom = stream.head()
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'membership' || change.kind === 'remote-membership') this.#remember(change)
    })
  }

  /** Those of the users with whom the user is joined to a room at present. */
  async listSharing(user: number, among: readonly number[]): Promise<ReadonlySet<number>> {
    if (among.length > LOOKED_AT_MAX) return new Set(await listUsersSharing(this.#db, user, among))
    const [mine, ...theirs] = await Promise.all([user, ...among].map((nid) => this.#members.roomsOf(nid)))
    // Only users of this server have rooms in memory.
    const unknown = among.filter((_, index) => theirs[index]?.size === 0)
    const sharing = among.filter((_, index) => mine !== undefined && isShared(mine, theirs[index]))
    return new Set(unknown.length === 0 ? sharing : [...sharing, ...await listUsersSharing(this.#db, user, unknown)])
  }

  /**
   * Every user with whom that may have begun or ended after one position and up to another. Rather one too many than one
   * too few: whether they share a room now is another question. Costs no query where nobody came or went.
   */
  async listMetOrLeft(user: number, from: number, to: number): Promise<ReadonlySet<number>> {
    if (from < this.#recentFrom) return new Set(await listUsersMetOrLeft(this.#db, user, from, to))
    const recent = this.#listRecent(from, to)
    if (recent.length === 0) return new Set()
    const rooms = await this.#members.roomsOf(user)
    const moves = recent.filter((move) => move.user === user || isJoined(rooms, move.room))
    const turned = new Set((await Promise.all(moves.map((move) => this.#whoTurned(move)))).filter((nid) => nid !== undefined))
    // Who comes or goes himself meets or leaves all the others there.
    return turned.has(user) ? new Set(await listUsersMetOrLeft(this.#db, user, from, to)) : turned
  }

  /** Asked once for each change of a membership, however many want to know. */
  #whoTurned(move: Move): Promise<number | undefined> {
    if (move.whoTurned !== undefined) return move.whoTurned
    const turned = findUserJoinedOrParted(this.#db, move)
    move.whoTurned = turned
    turned.catch(() => {
      move.whoTurned = undefined
    })
    return turned
  }

  #listRecent(from: number, to: number): Move[] {
    const found: Move[] = []
    for (let index = this.#recent.length - 1; index >= 0; index -= 1) {
      const move = this.#recent[index]
      if (move === undefined || move.pos <= from) break
      if (move.pos <= to) found.push(move)
    }
    return found
  }

  #remember(change: MembershipChange): void {
    const { room, pos } = change
    this.#recent.push({ user: change.kind === 'membership' ? change.user : change.userId, room, pos, whoTurned: undefined })
    if (this.#recent.length <= RECENT_MAX) return
    const forgotten = this.#recent.splice(0, RECENT_MAX / 2)
    this.#recentFrom = forgotten.at(-1)?.pos ?? this.#recentFrom
  }
}

function isJoined(rooms: UserRooms, room: number): boolean {
  return rooms.get(room)?.membership === 'join'
}

function isShared(mine: UserRooms, theirs: UserRooms = new Map()): boolean {
  const [fewer, more] = mine.size < theirs.size ? [mine, theirs] : [theirs, mine]
  for (const { room, membership } of fewer.values()) if (membership === 'join' && isJoined(more, room)) return true
  return false
}
