import type { JsonObject } from '../matrix/json.ts'
import type { Db } from '../store/database.ts'
import type { Place } from '../store/rooms/events.ts'
import { listGaps, type GapRow } from '../store/rooms/gaps.ts'
import type { EventCache } from './event-cache.ts'
import type { CheckedPdu } from './receive/check-pdus.ts'
import type { Receiver } from './receive/receive.ts'
import type { Room } from './room.ts'
import { stateBefore } from './state/state-reference.ts'

export interface BackfillingParts {
  readonly db: Db
  readonly events: EventCache
  readonly receiver: Receiver
}

/** History that somebody sent for a gap. */
export interface History {
  /** The server that sent it. */
  readonly origin: string
  /** In any order; what does not lead to the gap is left out. */
  readonly pdus: readonly JsonObject[]
}

/** Fills gaps in the history of rooms (Server-Server API, Backfilling and retrieving missing events). */
export class Backfilling {
  readonly #parts: BackfillingParts

  constructor(parts: BackfillingParts) {
    this.#parts = parts
  }

  /** Where something is missing in a room, nearest before a place first. */
  listGaps(room: Room, before: Place, limit: number): Promise<GapRow[]> {
    return listGaps(this.#parts.db, room.nid, before, limit)
  }

  /**
   * Takes in history before an event whose predecessors are missing: it gets its places before that event and is no news to
   * anybody. What is missing before it in turn is a gap again. Resolves with how many events there are to see now.
   */
  async persist(room: Room, gap: GapRow, { origin, pdus }: History): Promise<number> {
    const { events, receiver } = this.#parts
    const event = await events.find(gap.nid)
    const checked = await receiver.check(room, pdus)
    const outcomes = await receiver.take(room, checked.filter((each): each is CheckedPdu => each.ok), {
      origin,
      filling: new Map(gap.missing.map((eventId) => [eventId, gap.place])),
      near: event === undefined ? undefined : stateBefore(event),
    })
    return outcomes.filter(({ kind }) => kind === 'accepted').length
  }
}
