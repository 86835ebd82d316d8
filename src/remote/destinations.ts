import type { Db } from '../store/database.ts'
import {
  deleteFailingDestinations, listFailingDestinations, saveFailingDestinations, type FailingDestination,
} from '../store/federation/destinations.ts'
import type { Clock } from '../util/clock.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../util/durations.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'

export interface DestinationsParts {
  readonly db: Db
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

const FIRST_MS = SECOND_MS
/** While a failure is young it may be a restart, and nobody should wait for long after it. */
const YOUNG_MAX_MS = 10 * MINUTE_MS
const OLD_AFTER_MS = HOUR_MS
const OLD_MAX_MS = 7 * 24 * HOUR_MS

const FAILING_MAX = 100_000
/** Whom nobody wanted to ask again for so long is not known to be down any more. */
const FORGOTTEN_AFTER_MS = OLD_MAX_MS
const SAVE_AFTER_MS = SECOND_MS
const PROBLEM_LENGTH_MAX = 500

/** Which servers do not answer, so that all who would ask them leave them alone for a while. It outlives a restart. */
export class Destinations {
  readonly #parts: DestinationsParts
  readonly #failing = new Map<string, FailingDestination>()
  readonly #unsaved = new Set<string>()
  readonly #listeners = new Set<(serverName: string) => void>()
  #cancelSaving: (() => void) | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(parts: DestinationsParts) {
    this.#parts = parts
  }

  /** Reads what was known before the last stop. */
  async open(): Promise<void> {
    for (const row of await listFailingDestinations(this.#parts.db, FAILING_MAX)) this.#failing.set(row.serverName, row)
  }

  /** Until when the server is to be left alone; undefined if it may be asked. */
  downUntil(serverName: string): number | undefined {
    const retryAt = this.#failing.get(serverName)?.retryAt
    return retryAt !== undefined && retryAt > this.#parts.clock.now() ? retryAt : undefined
  }

  find(serverName: string): FailingDestination | undefined {
    return this.#failing.get(serverName)
  }

  /** All that fail, those that are to be left alone longest first. */
  list(): readonly FailingDestination[] {
    return [...this.#failing.values()].toSorted((a, b) => b.retryAt - a.retryAt)
  }

  /** The server answered a request of ours. */
  noteSuccess(serverName: string): void {
    this.#clear(serverName)
  }

  /** The server sent us a request and signed it: it is there again. */
  noteInbound(serverName: string): void {
    this.#clear(serverName)
  }

  /**
   * The server did not answer. Requests that were on their way together count as one failure. `retryAfterMs` is when it
   * asked to be asked again.
   */
  noteFailure(serverName: string, problem: string, { retryAfterMs = 0 }: { readonly retryAfterMs?: number } = {}): void {
    const now = this.#parts.clock.now()
    const before = this.#failing.get(serverName)
    if (before !== undefined && before.retryAt > now) return
    const failingSince = before?.failingSince ?? now
    const intervalMs = nextInterval(before?.intervalMs, now - failingSince)
    const waitMs = Math.min(Math.max(intervalMs * this.#jitter(), retryAfterMs), OLD_MAX_MS)
    this.#failing.set(serverName, {
      serverName, failingSince, intervalMs, retryAt: Math.round(now + waitMs), problem: problem.slice(0, PROBLEM_LENGTH_MAX),
    })
    this.#save(serverName)
    const [oldest] = this.#failing.keys()
    if (oldest !== undefined && this.#failing.size > FAILING_MAX) this.#drop(oldest)
  }

  /** Forgets those that nobody asks any more. */
  forgetOld(): void {
    const before = this.#parts.clock.now() - FORGOTTEN_AFTER_MS
    for (const [serverName, { retryAt }] of this.#failing) if (retryAt < before) this.#drop(serverName)
  }

  /** Called with each server that may be asked again before its time has come. */
  listen(listener: (serverName: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Writes what was not written yet. */
  async close(): Promise<void> {
    this.#cancelSaving?.()
    await this.#saving
    await this.#saveAll()
  }

  #clear(serverName: string): void {
    if (this.#drop(serverName)) for (const listener of this.#listeners) listener(serverName)
  }

  #drop(serverName: string): boolean {
    const isKnown = this.#failing.delete(serverName)
    if (isKnown) this.#save(serverName)
    return isKnown
  }

  /** Many servers that fail at once must not all be asked again at once. */
  #jitter(): number {
    return 0.8 + this.#parts.random.bytes(2).readUInt16BE() / 65_535 * 0.6
  }

  #save(serverName: string): void {
    this.#unsaved.add(serverName)
    this.#cancelSaving ??= this.#parts.clock.setTimer(SAVE_AFTER_MS, () => {
      this.#cancelSaving = undefined
      this.#saving = this.#saving.then(() => this.#saveAll())
    })
  }

  /** What cannot be written is written with the next: to forget a failure costs one request more. */
  async #saveAll(): Promise<void> {
    const names = [...this.#unsaved]
    this.#unsaved.clear()
    const { db, log } = this.#parts
    try {
      await saveFailingDestinations(db, names.flatMap((name) => this.#failing.get(name) ?? []))
      await deleteFailingDestinations(db, names.filter((name) => !this.#failing.has(name)))
    } catch (error) {
      for (const name of names) this.#unsaved.add(name)
      log.info({ error: String(error) }, 'Which servers do not answer could not be written down yet')
    }
  }
}

function nextInterval(beforeMs: number | undefined, failingForMs: number): number {
  if (beforeMs === undefined) return FIRST_MS
  return Math.min(beforeMs * 2, failingForMs < OLD_AFTER_MS ? YOUNG_MAX_MS : OLD_MAX_MS)
}
