import { LeaseLost, type Fence } from '../store/fence.ts'
import { drawPositions, wasCommitted, type DrawnPositions } from '../store/positions.ts'
import type { Database, PinnedClient, Transaction } from '../store/database.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Change } from './changes.ts'
import { Turn } from './turn.ts'

export type ChangeListener = (changes: readonly Change[], head: number) => void

export interface StreamParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

const ASK_AGAIN_MS = 250

/**
 * The one order of changes, as this process has seen it. A reader that has seen the head has seen everything up to it:
 * whoever draws positions holds the turn until its changes are committed, applied in memory and announced.
 */
export class Stream {
  readonly turn = new Turn()
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  readonly #listeners: ChangeListener[] = []
  #head: number

  constructor({ database, clock, log }: StreamParts, head: number) {
    this.#database = database
    this.#clock = clock
    this.#log = log
    this.#head = head
  }

  /** What this process writes is within; undefined for who works beside the server. */
  get fence(): Fence | undefined {
    return this.#database.fence
  }

  /** The highest position that readers may see. */
  head(): number {
    return this.#head
  }

  /** Calls the listener after each commit, in the order of positions; it must not throw and not wait. */
  listen(listener: ChangeListener): void {
    this.#listeners.push(listener)
  }

  /** Moves the head and tells the listeners. Only for who holds the turn. */
  announce(head: number, changes: readonly Change[]): void {
    this.#head = Math.max(this.#head, head)
    for (const listener of this.#listeners) {
      try {
        listener(changes, this.#head)
      } catch (error) {
        // The others must hear of it all the same.
        this.#log.error({ error: String(error) }, 'Somebody who listens to changes failed')
      }
    }
  }

  /**
   * How a transaction ended whose connection broke before COMMIT was answered: asks until the server knows. Only for who
   * holds the turn. On a connection of its own, since all of the pool may be held by those who wait for the turn.
   */
  async wasCommitted(drawn: DrawnPositions): Promise<boolean> {
    for (;;) {
      let client: PinnedClient | undefined
      try {
        client = await this.#database.pin(() => undefined)
        return await wasCommitted(client, drawn)
      } catch (error) {
        // What became of it shows in the process that has the leases now; in this one nothing is to be built upon it.
        if (error instanceof LeaseLost) return false
        this.#log.info({ error: String(error) }, 'Waiting for the database to tell how a transaction ended')
        await this.#clock.sleep(ASK_AGAIN_MS)
      } finally {
        client?.end().catch(() => undefined)
      }
    }
  }

  /**
   * A transaction with conditional SQL that ends by drawing positions.
   * `work` does what it must and returns how many positions it needs with a function that writes the rows which carry
   * them, given the first one, and names the changes.
   * `work` must not touch rows of the tables that the committer writes (src/store/hot-rows.ts): it does not hold the turn yet,
   * and the committer, which does, would wait for those rows for ever. Such rows are for `write`.
   */
  async transact<T>(work: (trx: Transaction) => Promise<Outcome<T>>): Promise<T> {
    let release: (() => void) | undefined
    let written: { readonly value: T, readonly drawn: DrawnPositions, readonly changes: readonly Change[] } | undefined
    try {
      const { value } = await this.#database.db.transaction().execute(async (trx) => {
        const outcome = await work(trx)
        if (outcome.positions === 0) return outcome
        release = await this.turn.take()
        const drawn = await drawPositions(trx, outcome.positions, { now: this.#clock.now(), fence: this.#database.fence })
        written = { value: outcome.value, drawn, changes: await outcome.write(trx, drawn.first) }
        return written
      }).catch(async (error: unknown) => {
        // Before all was written nothing can have been committed.
        if (written === undefined || !await this.wasCommitted(written.drawn)) throw error
        return written
      })
      if (written !== undefined) this.announce(written.drawn.first + written.drawn.count - 1, written.changes)
      return value
    } finally {
      release?.()
    }
  }
}

/** What a transaction wants of the order: how many positions, and what to write with them. */
export interface Outcome<T> {
  readonly value: T
  readonly positions: number
  write(trx: Transaction, first: number): Promise<readonly Change[]>
}

/** The outcome of a transaction after which nobody has anything to learn. */
export function unchanged<T>(value: T): Outcome<T> {
  return { value, positions: 0, write: () => Promise.resolve([]) }
}
