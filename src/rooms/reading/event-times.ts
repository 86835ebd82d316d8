import type { Db } from '../../store/database.ts'
import { listEventsNear } from '../../store/rooms/event-times.ts'
import { HOUR_MS } from '../../util/durations.ts'
import type { EventCache } from '../event-cache.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'

export interface Moment {
  /** Milliseconds since the epoch, as events state them. */
  readonly ts: number
  readonly dir: 'b' | 'f'
}

/** Nearly always something was said soon before or after; only then it is looked for in all of the room. */
const WITHIN_MS = [HOUR_MS, 24 * HOUR_MS, 30 * 24 * HOUR_MS, Number.MAX_SAFE_INTEGER]
/** So many events nobody may see are passed over. */
const LOOKED_AT_MAX = 50

/** Finds events by when they say they were sent (Client-Server API, Jump to a time in the timeline). */
export class EventTimes {
  readonly #db: Db
  readonly #events: EventCache

  constructor({ db, events }: { readonly db: Db, readonly events: EventCache }) {
    this.#db = db
    this.#events = events
  }

  /** The event nearest to a moment, in its direction, of those that `select` leaves of the nearest ones. */
  async find(
    room: Room, { ts, dir }: Moment, select: (events: readonly RoomEvent[]) => Promise<readonly RoomEvent[]>,
  ): Promise<RoomEvent | undefined> {
    for (const withinMs of WITHIN_MS) {
      const nids = await listEventsNear(this.#db, { room: room.nid, ts, direction: dir, withinMs, limit: LOOKED_AT_MAX })
      const [nearest] = await select(await this.#events.list(nids))
      if (nearest !== undefined || nids.length === LOOKED_AT_MAX) return nearest
    }
    return undefined
  }
}
