import { forbidden } from '../../matrix/errors.ts'
import { historyVisibilityOf } from '../../matrix/history-visibility.ts'
import type { JsonObject } from '../../matrix/json.ts'
import type { Members, Membership } from '../../members/members.ts'
import type { Db } from '../../store/database.ts'
import type { Names } from '../../store/names.ts'
import { listKeyHistories, listStateAt } from '../../store/rooms/rooms.ts'
import type { EventCache } from '../event-cache.ts'
import type { Reader } from '../reading/client-events.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'

/** Until when a user may follow the state of a room: to the present, or to a position, as that of the leave. */
export type StateAccess = { readonly until: 'now' } | { readonly until: 'position', readonly pos: number }

const VISIBILITY = 'm.room.history_visibility'
const LEFT: ReadonlySet<Membership> = new Set<Membership>(['leave', 'ban'])

const isWorldReadable = (content: JsonObject | undefined): boolean => historyVisibilityOf(content) === 'world_readable'

/** Reads the state of a room, at present or at an earlier position. */
export class StateReader {
  readonly #db: Db
  readonly #names: Names
  readonly #members: Members
  readonly #events: EventCache

  constructor({ db, names, members, events }: { db: Db, names: Names, members: Members, events: EventCache }) {
    this.#db = db
    this.#names = names
    this.#members = members
    this.#events = events
  }

  /**
   * How far a user may follow the state: who is joined to the present, who was and left to that moment, unless the room was
   * forgotten; others only where everybody may read the room. Throws M_FORBIDDEN. (Client-Server API, Getting events for a
   * room; Leaving rooms.)
   */
  async accessOf(room: Room, reader: Reader): Promise<StateAccess> {
    if (room.membershipOf(reader.userId) === 'join') return { until: 'now' }
    if (isWorldReadable(room.state(VISIBILITY, '')?.content)) return { until: 'now' }
    return { until: 'position', pos: await this.#getEndOfStay(room, reader) }
  }

  /**
   * The same for the state at a position: members, and who was one at that time or later, may look back at all of it;
   * others at the times at which everybody may read the room. Throws M_FORBIDDEN.
   */
  async accessAt(room: Room, reader: Reader, pos: number): Promise<StateAccess> {
    const access: StateAccess = { until: 'position', pos }
    if (room.membershipOf(reader.userId) === 'join') return access
    if (isWorldReadable((await this.find(room, access, VISIBILITY, ''))?.content)) return access
    // Nobody sees later state by asking for a later position.
    return { until: 'position', pos: Math.min(pos, await this.#getEndOfStay(room, reader)) }
  }

  /** The position at which the user's last stay in a room ended; undefined for who is joined or never was. */
  async findEndOfStay(room: Room, userId: string): Promise<number | undefined> {
    const key = await this.#names.findKey({ type: 'm.room.member', stateKey: userId })
    if (key === undefined) return undefined
    const episodes = await listKeyHistories(this.#db, [room.nid], [key])
    return episodes.findLast(({ membership }) => membership === 'join')?.to_pos ?? undefined
  }

  async #getEndOfStay(room: Room, { user, userId }: Reader): Promise<number> {
    if (!LEFT.has(room.membershipOf(userId))) throw forbidden('You are not in this room.')
    const entry = await this.#members.membershipOf(user, room.nid)
    if (entry?.forgotten === true) throw forbidden('You have forgotten this room.')
    // Who never was in the room, and was refused or banned from outside, has nothing to look back at.
    const end = await this.findEndOfStay(room, userId)
    if (end === undefined) throw forbidden('You are not in this room.')
    return end
  }

  /** The state events at present, or just after a position. */
  async list(room: Room, access: StateAccess, only?: { withoutMembers?: boolean }): Promise<RoomEvent[]> {
    if (access.until === 'position') return this.listAt(room.nid, access.pos, only)
    const members = only?.withoutMembers === true ? [] : [...room.listMembers()]
    return this.#events.list([...room.listState(), ...members].map((entry) => entry.nid))
  }

  async listAt(room: number, pos: number, only?: { withoutMembers?: boolean }): Promise<RoomEvent[]> {
    const rows = await listStateAt(this.#db, room, pos, only)
    return this.#events.list(rows.map((row) => row.event_nid))
  }

  /** One entry of the state. */
  async find(room: Room, access: StateAccess, type: string, stateKey: string): Promise<RoomEvent | undefined> {
    if (access.until === 'now') {
      const entry = type === 'm.room.member' ? room.member(stateKey) : room.state(type, stateKey)
      return entry === undefined ? undefined : this.#events.find(entry.nid)
    }
    const key = await this.#names.findKey({ type, stateKey })
    if (key === undefined) return undefined
    const [row] = await listStateAt(this.#db, room.nid, access.pos, { keys: [key] })
    return row === undefined ? undefined : this.#events.find(row.event_nid)
  }
}
