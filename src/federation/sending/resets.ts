import type { Destinations } from '../../remote/destinations.ts'
import type { Db } from '../../store/database.ts'
import { takeResets } from '../../store/federation/outboxes.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { Outboxes } from './outboxes.ts'

export interface ResetsParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly destinations: Destinations
  readonly outboxes: Outboxes
}

const LOOK_AFTER_MS = 5000

/** Tries servers at once that an operator names on the command line. Looked for only while something waits for some server. */
export class Resets {
  readonly #parts: ResetsParts
  #cancelTimer: (() => void) | undefined
  #looking: Promise<void> | undefined

  constructor(parts: ResetsParts) {
    this.#parts = parts
  }

  /** What was asked for before the start is done with it. */
  async start(): Promise<void> {
    await this.look()
    this.#plan()
  }

  async close(): Promise<void> {
    this.#cancelTimer?.()
    await this.#looking
  }

  async look(): Promise<void> {
    const { db, destinations, outboxes } = this.#parts
    for (const server of await takeResets(db)) {
      destinations.noteSuccess(server)
      outboxes.retry(server)
    }
  }

  #plan(): void {
    const { clock, log, outboxes } = this.#parts
    this.#cancelTimer = clock.setTimer(LOOK_AFTER_MS, () => {
      if (outboxes.hasWaiting()) {
        this.#looking ??= this.look().catch((error: unknown) => {
          log.info({ error: String(error) }, 'Whether a server is to be tried at once will be looked for again')
        }).finally(() => {
          this.#looking = undefined
        })
      }
      this.#plan()
    })
  }
}
