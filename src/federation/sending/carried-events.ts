import type { Db } from '../../store/database.ts'
import { deleteCarriedEvents, insertCarriedEvent } from '../../store/federation/carried-events.ts'
import type { Clock } from '../../util/clock.ts'
import { DAY_MS } from '../../util/durations.ts'

/** The sender looks for them as soon as the events are committed; after so long it has, or they never were. */
const KEPT_MS = 7 * DAY_MS

/**
 * Events of other servers that come to the rest of the room through this one: whoever joins, knocks or leaves by a server that
 * is in the room leaves it to that server to tell the others (Server-Server API, PUT /send_join).
 */
export class CarriedEvents {
  readonly #db: Db
  readonly #clock: Clock

  constructor({ db, clock }: { readonly db: Db, readonly clock: Clock }) {
    this.#db = db
    this.#clock = clock
  }

  /** Promises to send an event to all servers in its room but the one that it comes from. To be called before it is committed. */
  promise(eventId: string, origin: string): Promise<void> {
    return insertCarriedEvent(this.#db, eventId, origin, this.#clock.now())
  }

  deleteOld(): Promise<void> {
    return deleteCarriedEvents(this.#db, this.#clock.now() - KEPT_MS)
  }
}
