import { drawPositions } from '../store/positions.ts'
import type { Db, Transaction } from '../store/database.ts'
import type { Change } from './changes.ts'
import { Turn } from './turn.ts'

export type ChangeListener = (changes: readonly Change[], head: number) => void

/**
 * The one order of changes, as this process has seen it. A reader that has seen the head has seen everything up to it:
 * whoever draws positions holds the turn until its changes are committed, applied in memory and announced.
 */
export class Stream {
  readonly turn = new Turn()
  readonly #db: Db
  readonly #listeners: ChangeListener[] = []
  #head: number

  constructor(db: Db, head: number) {
    this.#db = db
    this.#head = head
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
    let failure: { readonly error: unknown } | undefined
    for (const listener of this.#listeners) {
      try {
        listener(changes, this.#head)
      } catch (error) {
        // The others must hear of it all the same.
        failure ??= { error }
      }
    }
    if (failure !== undefined) throw failure.error
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
    try {
      let head = 0
      let changes: readonly Change[] = []
      const value = await this.#db.transaction().execute(async (trx) => {
        const outcome = await work(trx)
        if (outcome.positions === 0) return outcome.value
        release = await this.turn.take()
        const first = await drawPositions(trx, outcome.positions)
        changes = await outcome.write(trx, first)
        head = first + outcome.positions - 1
        return outcome.value
      })
      if (head > 0) this.announce(head, changes)
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
