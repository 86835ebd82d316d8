import { MatrixError, notFound } from '../../matrix/errors.ts'
import { findJob, type StoredJob } from '../../store/background-jobs.ts'
import type { Db } from '../../store/database.ts'
import type { Place } from '../../store/rooms/events.ts'
import { findFirstPlaceSince } from '../../store/rooms/purge.ts'
import type { BackgroundJobs } from '../../streams/background-jobs.ts'
import type { EventCache } from '../event-cache.ts'
import { earlier } from '../reading/page-tokens.ts'
import type { Room } from '../room.ts'
import { PURGE_HISTORY_JOB, type PurgeOrder } from './purge-history-job.ts'

/** Up to where a room's history is to go: to an event, or to what was received at a time. */
export type PurgeLimit = { readonly eventId: string } | { readonly ts: number }

export interface HistoryPurgesParts {
  readonly db: Db
  readonly events: EventCache
  readonly backgroundJobs: BackgroundJobs
}

/** Purges the history of rooms, in the background. */
export class HistoryPurges {
  readonly #parts: HistoryPurgesParts

  constructor(parts: HistoryPurgesParts) {
    this.#parts = parts
  }

  /**
   * Begins to purge what was said before an event or a time; the id of the purge. The event itself stays, and so does the
   * newest of the room. Throws M_NOT_FOUND where there is no such event or nothing to purge, M_UNKNOWN while the room's
   * history is being purged already.
   */
  async begin(room: Room, limit: PurgeLimit, deletesLocal: boolean): Promise<string> {
    const before = earlier(await this.#placeOf(room, limit), { pos: room.lastPos(), offset: 0 })
    const order: PurgeOrder = { room: room.nid, before, deletesLocal }
    const id = await this.#parts.backgroundJobs.add(PURGE_HISTORY_JOB, room.roomId, order)
    if (id === undefined) {
      throw new MatrixError('M_UNKNOWN', `The history of ${room.roomId} is being purged already.`, { status: 400 })
    }
    return String(id)
  }

  /** How far a purge has come. Throws M_NOT_FOUND. */
  async get(purgeId: string): Promise<StoredJob> {
    const id = Number(purgeId)
    const job = Number.isSafeInteger(id) ? await findJob(this.#parts.db, PURGE_HISTORY_JOB, id) : undefined
    if (job === undefined) throw notFound('There is no such purge.')
    return job
  }

  async #placeOf(room: Room, limit: PurgeLimit): Promise<Place> {
    const { db, events } = this.#parts
    if ('ts' in limit) return await findFirstPlaceSince(db, room.nid, limit.ts) ?? { pos: room.lastPos(), offset: 0 }
    const event = await events.findById(limit.eventId)
    if (event === undefined || event.room !== room.nid) throw notFound('There is no such event in this room.')
    return event.place
  }
}
