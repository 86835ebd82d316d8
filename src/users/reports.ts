import { invalidParam } from '../matrix/errors.ts'
import type { Db } from '../store/database.ts'
import { insertReport } from '../store/users/reports.ts'
import type { Clock } from '../util/clock.ts'

const REASON_LENGTH_MAX = 10_000

/** What people report to the moderators of this server (Client-Server API, Reporting Content). */
export class Reports {
  readonly #db: Db
  readonly #clock: Clock

  constructor({ db, clock }: { db: Db, clock: Clock }) {
    this.#db = db
    this.#clock = clock
  }

  /**
   * Keeps a report of a room, of an event in a room, or of a user. Whether what is reported exists is not told: the
   * answer would say who is here. Errors: M_INVALID_PARAM.
   */
  async add(reporter: number, about: { roomId?: string, eventId?: string, userId?: string }, reason: string | undefined): Promise<void> {
    if (reason !== undefined && reason.length > REASON_LENGTH_MAX) {
      throw invalidParam(`A reason can have at most ${REASON_LENGTH_MAX} characters.`)
    }
    await insertReport(this.#db, { reporter, ...about, reason: reason?.replaceAll('\0', ''), createdAt: this.#clock.now() })
  }
}
