import { limitExceeded, type MatrixError } from '../matrix/errors.ts'
import type { Database, PinnedClient } from '../store/database.ts'
import { LeaseLost } from '../store/fence.ts'
import { gatherHotRows, writeHotRows, type HotRows } from '../store/hot-rows.ts'
import { beginWithPositions, type DrawnPositions } from '../store/positions.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Change } from './changes.ts'
import type { Stream } from './stream.ts'

/** Rows that are committed together or not at all. */
export interface Unit {
  readonly positions: number
  /** About how much its rows hold, where that may be much. */
  readonly bytes?: number
  /** The rows to write, given the first of the unit's positions. */
  rows(first: number): HotRows
  /** After COMMIT, in the order of positions and before any reader sees them: brings memory up to date and names the changes. */
  committed(first: number): readonly Change[]
  /** What it was built on has failed, so that it must not be written; it is rejected with StaleUnit. */
  isStale?(): boolean
  /** It was refused; called before any later unit is written. */
  failed?(): void
}

interface Load { readonly units: number, readonly bytes: number }

interface Waiting {
  readonly unit: Unit
  readonly resolve: (first: number) => void
  readonly reject: (error: unknown) => void
}

/** What the unit was built on was not committed: the caller builds it anew. */
export class StaleUnit extends Error {}

/** The queue is full. */
export const tooManyWrites = (): MatrixError => limitExceeded(BUSY_RETRY_MS)

type Outcome = { readonly kind: 'committed' } | { readonly kind: 'refused' | 'lost' | 'fenced', readonly error: Error }

const COMMITTED: Outcome = { kind: 'committed' }
const BATCH_MAX: Load = { units: 256, bytes: 8 * 1024 * 1024 }
const QUEUE_MAX: Load = { units: 20_000, bytes: 64 * 1024 * 1024 }
/** When somebody may ask again who was told that too many writes are waiting. */
const BUSY_RETRY_MS = 1_000
/** So long a statement waits for a lock: whoever holds one so long must not stop everybody else for ever. */
const LOCK_TIMEOUT_MS = 10_000
const RECONNECT_DELAY_MS = 250
const RECONNECTS_MAX = 40

/**
 * Writes what is waiting, of many rooms and many kinds, in one transaction after another, on one pinned connection.
 * While one is on its way the next gathers, so that the batch grows with the load and a lone write waits for nobody.
 */
export class Committer {
  readonly #database: Database
  readonly #stream: Stream
  readonly #clock: Clock
  readonly #log: Log
  #client: PinnedClient | undefined
  readonly #queue: Waiting[] = []
  #queuedBytes = 0
  #running = false
  #closed = false
  #idle = Promise.withResolvers<void>()

  constructor(options: { database: Database, stream: Stream, clock: Clock, log: Log }) {
    this.#database = options.database
    this.#stream = options.stream
    this.#clock = options.clock
    this.#log = options.log
  }

  /**
   * Commits a unit; resolves with the first of its positions after COMMIT and after memory was brought up to date.
   * Rejects with the database's error when the unit cannot be committed, or with M_LIMIT_EXCEEDED.
   */
  submit(unit: Unit): Promise<number> {
    if (this.isBusy()) return Promise.reject(tooManyWrites())
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.#queue.push({ unit, resolve, reject })
    this.#queuedBytes += unit.bytes ?? 0
    if (!this.#running) {
      this.#running = true
      // The units that this turn of the event loop brings share the first batch.
      queueMicrotask(() => void this.#run())
    }
    return promise
  }

  /** Whether a unit would be refused now, so that it need not be built at all. */
  isBusy(): boolean {
    return this.#queue.length >= QUEUE_MAX.units || this.#queuedBytes >= QUEUE_MAX.bytes || this.#closed
  }

  /** Resolves when nothing is waiting or on its way. */
  async settled(): Promise<void> {
    while (this.#running) await this.#idle.promise
  }

  /** Refuses new units, commits what waits, and gives the connection back. */
  async close(): Promise<void> {
    this.#closed = true
    await this.settled()
    await this.#client?.end()
    this.#client = undefined
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) await this.#commit(this.#takeBatch())
    this.#running = false
    const { resolve } = this.#idle
    this.#idle = Promise.withResolvers<void>()
    resolve()
  }

  /** What comes next; a unit that alone is larger than a batch may be is one. */
  #takeBatch(): Waiting[] {
    let units = 0
    let bytes = 0
    for (const { unit } of this.#queue) {
      bytes += unit.bytes ?? 0
      if (units === BATCH_MAX.units || (units > 0 && bytes > BATCH_MAX.bytes)) break
      units += 1
    }
    const batch = this.#queue.splice(0, units)
    for (const { unit } of batch) this.#queuedBytes -= unit.bytes ?? 0
    return batch
  }

  /** Commits a batch; one that fails is halved until only the guilty unit fails. */
  async #commit(whole: Waiting[]): Promise<void> {
    const batch = whole.filter(({ unit, reject }) => {
      const isStale = unit.isStale?.() ?? false
      if (isStale) reject(new StaleUnit('What this was built on was not committed'))
      return !isStale
    })
    if (batch.length === 0) return
    const outcome = await this.#attemptWhileLost(batch)
    if (outcome.kind === 'committed') return
    // Without a database, or without the leases, no half of the batch fares better, and each would wait as long again.
    if (batch.length === 1 || outcome.kind !== 'refused') {
      this.#log.debug({ error: outcome.error.message, units: batch.length }, 'A write was refused by the database')
      for (const { unit } of batch) unit.failed?.()
      for (const { reject } of batch) reject(outcome.error)
      return
    }
    const middle = Math.ceil(batch.length / 2)
    await this.#commit(batch.slice(0, middle))
    await this.#commit(batch.slice(middle))
  }

  /** A connection that breaks is no fault of the units: they are tried again on the next one, for a while. */
  async #attemptWhileLost(batch: readonly Waiting[]): Promise<Outcome> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(batch)
      if (outcome.kind !== 'lost' || attempt === RECONNECTS_MAX) return outcome
      await this.#clock.sleep(RECONNECT_DELAY_MS)
    }
  }

  async #attempt(batch: readonly Waiting[]): Promise<Outcome> {
    const count = batch.reduce((sum, { unit }) => sum + unit.positions, 0)
    const release = await this.#stream.turn.take()
    let drawn: DrawnPositions | undefined
    try {
      const client = await this.#connected()
      drawn = await beginWithPositions(client, count, this.#database.fence)
      await this.#write(client, batch, drawn.first)
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      const rolledBack = await this.#rollBack()
      const isCommitted = !rolledBack && drawn !== undefined && await this.#stream.wasCommitted(drawn)
      if (drawn === undefined || !isCommitted) {
        release()
        const kind = error instanceof LeaseLost ? 'fenced' : rolledBack ? 'refused' : 'lost'
        return { kind, error }
      }
    }
    // What stands in the database is never written again, whatever happens from here on.
    this.#apply(batch, drawn.first, count)
    release()
    return COMMITTED
  }

  async #write(client: PinnedClient, batch: readonly Waiting[], first: number): Promise<void> {
    const statements: Promise<unknown>[] = []
    for (const [name, rows] of gatherHotRows(rowsOf(batch, first))) statements.push(writeHotRows(client, name, rows))
    statements.push(client.query('commit'))
    // Every statement is on its way before the first answer: a failed one makes the rest fail too, and COMMIT roll back.
    const results = await Promise.allSettled(statements)
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  #apply(batch: readonly Waiting[], first: number, count: number): void {
    const changes: Change[] = []
    const broken = new Map<Waiting, unknown>()
    let next = first
    for (const waiting of batch) {
      try {
        changes.push(...waiting.unit.committed(next))
      } catch (error) {
        // Its memory is not true any more: it is dropped and read anew from what was committed.
        this.#log.error({ error: String(error) }, 'What was committed could not be taken over')
        waiting.unit.failed?.()
        broken.set(waiting, error)
      }
      next += waiting.unit.positions
    }
    this.#stream.announce(first + count - 1, changes)
    next = first
    for (const waiting of batch) {
      if (broken.has(waiting)) waiting.reject(broken.get(waiting))
      else waiting.resolve(next)
      next += waiting.unit.positions
    }
  }

  async #connected(): Promise<PinnedClient> {
    if (this.#client !== undefined) return this.#client
    const pinned: { client?: PinnedClient } = {}
    const client = await this.#database.pin(() => {
      if (pinned.client !== undefined && this.#client === pinned.client) this.#client = undefined
    })
    pinned.client = client
    this.#client = client
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`)
    return client
  }

  /** False when the connection is gone, so that nobody here knows how the transaction ended. */
  async #rollBack(): Promise<boolean> {
    const client = this.#client
    if (client === undefined) return false
    try {
      await client.query('rollback')
      return true
    } catch {
      this.#client = undefined
      return false
    }
  }
}

function rowsOf(batch: readonly Waiting[], first: number): HotRows[] {
  let next = first
  return batch.map(({ unit }) => {
    const rows = unit.rows(next)
    next += unit.positions
    return rows
  })
}
