import type { Db } from '../store/database.ts'
import { findCursor, saveCursor } from '../store/follower-cursors.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Change } from './changes.ts'
import type { Stream } from './stream.ts'

export interface FollowerParts {
  readonly db: Db
  readonly stream: Stream
  readonly clock: Clock
  readonly log: Log
  /** Under which the cursor is kept. */
  readonly name: string
  /** Whether a change may be work for this follower; the others are passed over without a write. */
  concerns(change: Change): boolean
  /**
   * Does what positions after the one and up to the other ask for. It may be asked again for what it has done already, when
   * the process ended before the cursor was saved, so doing it twice must be the same as doing it once.
   */
  work(after: number, upTo: number): Promise<void>
}

const RETRY_MS = 1_000
const RETRY_MS_MAX = 60_000

/**
 * Reads the order of changes from a cursor of its own. Nobody calls it: it wakes when something happened, and what happened
 * while the process was down it does at the next start.
 */
export class Follower {
  readonly #parts: FollowerParts
  #cursor = 0
  #wanted = 0
  #running: Promise<void> = Promise.resolve()
  #isRunning = false
  #isClosed = false
  /** How long it waits after work that it could not do. */
  #pauseMs = RETRY_MS
  #cancelRetry: (() => void) | undefined

  constructor(parts: FollowerParts) {
    this.#parts = parts
  }

  /** Takes up the work where it was left; a new follower begins with what comes next. */
  async start(): Promise<void> {
    const { db, stream, name } = this.#parts
    const saved = await findCursor(db, name)
    this.#cursor = saved ?? stream.head()
    if (saved === undefined) await saveCursor(db, name, this.#cursor, stream.fence)
    stream.listen((changes, head) => {
      if (changes.some((change) => this.#parts.concerns(change))) this.#wake(head)
    })
    this.#wake(stream.head())
  }

  /** Resolves when everything that has happened so far is done. */
  async settled(): Promise<void> {
    while (this.#isRunning) await this.#running
  }

  /** Ends after the step that is being done. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry?.()
    await this.settled()
  }

  #wake(head: number): void {
    this.#wanted = Math.max(this.#wanted, head)
    if (this.#isRunning || this.#isClosed) return
    this.#isRunning = true
    this.#running = this.#run()
  }

  async #run(): Promise<void> {
    const { db, stream, name, work, log } = this.#parts
    try {
      while (this.#cursor < this.#wanted && !this.#isClosed) {
        const upTo = this.#wanted
        await work(this.#cursor, upTo)
        await saveCursor(db, name, upTo, stream.fence)
        this.#cursor = upTo
        this.#pauseMs = RETRY_MS
      }
    } catch (error) {
      log.info({ follower: name, error: String(error) }, 'A follower could not do its work and will try again')
      this.#retryLater()
    } finally {
      this.#isRunning = false
    }
  }

  /** The cursor stands where it stood: a pause, the next change or the next start brings another attempt. */
  #retryLater(): void {
    this.#cancelRetry?.()
    if (this.#isClosed) return
    this.#cancelRetry = this.#parts.clock.setTimer(this.#pauseMs, () => this.#wake(this.#wanted))
    this.#pauseMs = Math.min(this.#pauseMs * 2, RETRY_MS_MAX)
  }
}
