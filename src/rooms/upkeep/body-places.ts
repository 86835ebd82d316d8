import type { Db } from '../../store/database.ts'
import { addBodyDays, dropStrayBodyDays, listBodyDays, type BodyDays } from '../../store/rooms/body-days.ts'
import { dayOf } from '../../store/rooms/event-bodies.ts'
import type { Clock } from '../../util/clock.ts'
import { DAY_MS } from '../../util/durations.ts'
import type { RetentionPolicies } from './retention-policies.ts'

/** So many days ahead there are tables for what will be said. */
const AHEAD_DAYS = 7
/** About so many tables there are at most; where bodies are kept for years, each holds several days. */
const TABLES_MAX = 400

/** Sees to it that there is a table for each day whose messages expire. */
export class BodyPlaces {
  readonly #db: Db
  readonly #clock: Clock
  readonly #policies: RetentionPolicies

  constructor({ db, clock, policies }: { readonly db: Db, readonly clock: Clock, readonly policies: RetentionPolicies }) {
    this.#db = db
    this.#clock = clock
    this.#policies = policies
  }

  today(): number {
    return dayOf(this.#clock.now())
  }

  /** Makes the tables for today and the days to come. */
  async prepare(): Promise<void> {
    const today = this.today()
    await this.ensure(Array.from({ length: AHEAD_DAYS + 1 }, (_, ahead) => today + ahead))
    this.#policies.prepareTo(today + AHEAD_DAYS)
  }

  /** Makes the tables for these days where there are none. */
  async ensure(days: readonly number[]): Promise<void> {
    const known = await listBodyDays(this.#db)
    const missing = [...new Set(days)].filter((day) => !known.some(({ from, to }) => from <= day && day < to))
    if (missing.length > 0) await dropStrayBodyDays(this.#db)
    for (const day of missing.sort((one, other) => one - other)) {
      if (known.some(({ from, to }) => from <= day && day < to)) continue
      const added = this.#rangeFor(day, known)
      await addBodyDays(this.#db, added)
      known.push({ ...added, name: '', isLeaving: false })
    }
  }

  /** The days that are to share a table with one, between those that have tables. */
  #rangeFor(day: number, known: readonly BodyDays[]): { from: number, to: number } {
    const width = Math.max(1, Math.ceil((this.#policies.longest() ?? 0) / DAY_MS / TABLES_MAX))
    const start = Math.floor(day / width) * width
    return {
      from: Math.max(start, ...known.filter(({ to }) => to <= day).map(({ to }) => to)),
      to: Math.min(start + width, ...known.filter(({ from }) => from > day).map(({ from }) => from)),
    }
  }
}
