import type { Db } from '../../store/database.ts'
import { dropSentEdus } from '../../store/federation/unsent-edus.ts'
import { dropSentEvents, type SentEvents } from '../../store/federation/unsent-events.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { Holds } from './compose.ts'

const WRITE_AFTER_MS = 100

/** Crosses out what servers have taken, together for all of them. What a kill keeps from being crossed out is sent again. */
export class SentLog {
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Log
  #events = new Map<string, SentEvents>()
  #edus = new Map<string, number>()
  #cancelTimer: (() => void) | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor({ db, clock, log }: { readonly db: Db, readonly clock: Clock, readonly log: Log }) {
    this.#db = db
    this.#clock = clock
    this.#log = log
  }

  note(server: string, { rooms, edus }: Holds): void {
    for (const [room, pos] of rooms) {
      const key = `${room} ${server}`
      this.#events.set(key, { server, room, pos: Math.max(pos, this.#events.get(key)?.pos ?? 0) })
    }
    if (edus !== undefined) this.#edus.set(server, Math.max(edus, this.#edus.get(server) ?? 0))
    this.#plan()
  }

  /** Resolves when all that was noted is written. */
  flush(): Promise<void> {
    const writing = this.#writing.then(() => this.#write())
    this.#writing = writing.catch(() => undefined)
    return writing
  }

  async close(): Promise<void> {
    this.#cancelTimer?.()
    await this.flush()
    this.#cancelTimer?.()
  }

  #plan(): void {
    this.#cancelTimer ??= this.#clock.setTimer(WRITE_AFTER_MS, () => {
      this.#cancelTimer = undefined
      this.flush().catch((error: unknown) => {
        this.#log.info({ error: String(error) }, 'What other servers have taken could not be written down yet')
      })
    })
  }

  async #write(): Promise<void> {
    const [events, edus] = [this.#events, this.#edus]
    if (events.size + edus.size === 0) return
    this.#events = new Map()
    this.#edus = new Map()
    try {
      await dropSentEvents(this.#db, [...events.values()])
      await dropSentEdus(this.#db, [...edus].map(([server, pos]) => ({ server, pos })))
    } catch (error) {
      for (const { server, room, pos } of events.values()) this.note(server, { rooms: [[room, pos]] })
      for (const [server, pos] of edus) this.note(server, { rooms: [], edus: pos })
      throw error
    }
  }
}
