import type { Db } from '../store/database.ts'
import { recordSightings, type Sighting } from '../store/users/devices.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { Lru } from '../util/lru.ts'
import type { Requester } from './requester.ts'

const ONCE_A_MS = 60_000
const FLUSH_AFTER_MS = 10_000
const DEVICES_MAX = 200_000
const AGENT_LENGTH_MAX = 256

/** When, from where and with what program each device was last seen; written at most once a minute a device. */
export class Sightings {
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Log
  readonly #notedAt = new Lru<string, number>(DEVICES_MAX)
  #waiting = new Map<string, Sighting>()
  #cancelFlush: (() => void) | undefined
  #written = Promise.resolve()

  constructor({ db, clock, log }: { db: Db, clock: Clock, log: Log }) {
    this.#db = db
    this.#clock = clock
    this.#log = log
  }

  /** Notes that the device of a requester is there. Costs nothing most of the time, and never waits. */
  saw({ user, deviceId }: Requester, ip: string, agent: string | undefined): void {
    if (deviceId === undefined) return
    const name = `${user} ${deviceId}`
    const now = this.#clock.now()
    if (now - (this.#notedAt.get(name) ?? -Infinity) < ONCE_A_MS) return
    this.#notedAt.set(name, now)
    this.#waiting.set(name, { user, deviceId, at: now, ip, agent: agent?.slice(0, AGENT_LENGTH_MAX) ?? null })
    this.#cancelFlush ??= this.#clock.setTimer(FLUSH_AFTER_MS, () => void this.flush())
  }

  /** Writes what has been noted. A failure loses it, which is no harm: the next minute brings news. */
  async flush(): Promise<void> {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    this.#written = this.#written.then(() => this.#write())
    await this.#written
  }

  async #write(): Promise<void> {
    const sightings = [...this.#waiting.values()]
    this.#waiting = new Map()
    if (sightings.length === 0) return
    try {
      await recordSightings(this.#db, sightings)
    } catch (error) {
      this.#log.info({ error: String(error), count: sightings.length }, 'Could not note when devices were last seen')
    }
  }
}
