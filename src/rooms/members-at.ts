import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import { listStateAt } from '../store/rooms.ts'
import type { EventCache } from './event-cache.ts'
import type { RoomEvent } from './room-event.ts'

/** Reads single memberships as they were at a position. */
export class MembersAt {
  readonly #db: Db
  readonly #names: Names
  readonly #events: EventCache

  constructor({ db, names, events }: { db: Db, names: Names, events: EventCache }) {
    this.#db = db
    this.#names = names
    this.#events = events
  }

  /** The membership events of these users in a room just after a position. */
  async list(room: number, pos: number, userIds: readonly string[]): Promise<RoomEvent[]> {
    const keys = await this.#names.internKeys([...new Set(userIds)].map((userId) => ({ type: 'm.room.member', stateKey: userId })))
    const rows = await listStateAt(this.#db, room, pos, { keys })
    return this.#events.list(rows.map((row) => row.event_nid))
  }
}
