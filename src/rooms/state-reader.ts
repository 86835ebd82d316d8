import { forbidden } from '../matrix/errors.ts'
import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import { listStateAt } from '../store/rooms.ts'
import type { EventCache } from './event-cache.ts'
import type { RoomEvent } from './room-event.ts'
import type { Room } from './room.ts'

/** Until when a user may follow the state of a room: to the present, or to a position, as that of the leave. */
export type StateAccess = { readonly until: 'now' } | { readonly until: 'position', readonly pos: number }

/** Reads the state of a room, at present or at an earlier position. */
export class StateReader {
  readonly #db: Db
  readonly #names: Names
  readonly #events: EventCache

  constructor({ db, names, events }: { db: Db, names: Names, events: EventCache }) {
    this.#db = db
    this.#names = names
    this.#events = events
  }

  /**
   * How far a user may follow the state: who is joined to the present, who was and left to that moment, others only where
   * everybody may read the room. Throws M_FORBIDDEN. (Client-Server API, Getting events for a room.)
   */
  async accessOf(room: Room, userId: string): Promise<StateAccess> {
    const member = room.member(userId)
    if (member?.membership === 'join') return { until: 'now' }
    if (room.stateString('m.room.history_visibility', 'history_visibility') === 'world_readable') return { until: 'now' }
    if (member?.membership === 'leave' || member?.membership === 'ban') {
      const event = await this.#events.find(member.nid)
      const replaced = event?.replacesNid === undefined ? undefined : await this.#events.find(event.replacesNid)
      // Who never was in the room, and was refused or banned from outside, has nothing to look back at.
      if (event?.pos !== undefined && replaced?.content['membership'] === 'join') return { until: 'position', pos: event.pos }
    }
    throw forbidden('You are not in this room.')
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
