import type { Database, PinnedClient } from '../store/database.ts'
import { endTenure, renewTenure, showLife } from '../store/leases.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { Wakefulness } from './wakefulness.ts'

/** What a write is made in, so that it is not made after another process has taken over. */
export interface Fence {
  readonly epoch: number
  /** Called by whoever finds out that the epoch is over. */
  lose(): void
}

export interface TenureParts {
  readonly database: Pick<Database, 'pin'>
  readonly clock: Clock
  readonly log: Log
  readonly epoch: number
  /** The connection on which the leases were taken; it shows that this process lives. */
  readonly session: PinnedClient
  readonly takenMs: number
}

const RENEW_MS = 3_000
const RETRY_MS = 250
/** A second less than the ten that the database gives, since two clocks may run at a different pace. */
const SURE_MS = 9_000
/**
 * Whoever stands by takes this process for dead when its connection has been gone for a second. So who did not run for almost
 * as long looks before it answers, since it may not have heard of that.
 */
const GAP_MAX_MS = 800
const SIGN_OF_LIFE_MS = 300
/** So long a request waits to learn whether its answer still holds. */
const CONFIRM_MS = 5_000

/**
 * The time in which this process holds the leases. What it has in memory is true for as long as it is sure of them: until some
 * seconds after the last renewal, unless time has jumped, as it does when a process or a machine is stopped and goes on. A
 * server with nothing to do looks as well, when somebody comes: that costs one statement.
 */
export class Tenure implements Fence {
  readonly epoch: number
  /** Resolves when another process has taken over. */
  readonly lost: Promise<void>
  readonly #parts: TenureParts
  readonly #loss = Promise.withResolvers<void>()
  #session: PinnedClient | undefined
  /** Whether the session holds the lock by which others see that this process lives. */
  #isShown = true
  /** By both clocks: one stands still while the machine sleeps, the other can be set. */
  #sureUntilMs = 0
  #sureUntilTimeMs = 0
  readonly #awake: Wakefulness
  #renewing: Promise<boolean> | undefined
  #cancel: (() => void) | undefined
  #isLost = false
  #isClosed = false

  constructor(parts: TenureParts) {
    this.#parts = parts
    this.epoch = parts.epoch
    this.lost = this.#loss.promise
    this.#awake = new Wakefulness(parts.clock, GAP_MAX_MS)
    this.#adopt(parts.session)
    this.#beSure(parts.takenMs, parts.clock.now() - (parts.clock.monotonicMs() - parts.takenMs))
    this.#renewLater(RENEW_MS)
  }

  /** Whether nobody else can have taken over yet. */
  isSure(): boolean {
    const { clock } = this.#parts
    return !this.#isLost && clock.monotonicMs() < this.#sureUntilMs && clock.now() < this.#sureUntilTimeMs && this.#awake.hasLasted()
  }

  /** Looks in the database where that is not sure; false when it is over, or when nothing is known for some seconds. */
  async confirm(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#parts.clock.setTimer(CONFIRM_MS, resolve)
    let isLate = false
    void promise.then(() => {
      isLate = true
    })
    // A renewal that was on its way already may have begun before time jumped: the one after it tells.
    if (!this.isSure()) await Promise.race([this.#renewing, promise])
    while (!this.#isLost && !isLate && !this.isSure()) {
      const isAnswered = await Promise.race([this.#renew(), promise])
      if (isAnswered !== true) await Promise.race([this.#parts.clock.sleep(RETRY_MS), promise])
    }
    cancel()
    return this.isSure()
  }

  lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#cancel?.()
    this.#loss.resolve()
  }

  /** Gives the leases back, so that another process need not wait for them. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    await this.#renewing
    const session = this.#session
    this.#session = undefined
    if (session === undefined) return
    if (!this.#isLost) await endTenure(session, this.epoch).catch(() => undefined)
    await session.end().catch(() => undefined)
  }

  #renewLater(delayMs: number): void {
    this.#cancel?.()
    if (this.#isLost || this.#isClosed) return
    this.#cancel = this.#parts.clock.setTimer(delayMs, () => void this.#renew())
  }

  /** One at a time; false when the database did not answer, and is asked again soon. */
  #renew(): Promise<boolean> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #renewOnce(): Promise<boolean> {
    const { clock, log } = this.#parts
    const awake = new Wakefulness(clock, GAP_MAX_MS)
    const stop = everySoOften(clock, () => void awake.hasLasted())
    const [startedMs, startedTimeMs] = [clock.monotonicMs(), clock.now()]
    try {
      const session = await this.#connected()
      this.#isShown ||= await showLife(session, this.epoch)
      if (!await renewTenure(session, this.epoch)) {
        this.lose()
        return true
      }
      // An answer that was read after a gap says nothing of the time since it was given.
      if (awake.hasLasted()) this.#beSure(startedMs, startedTimeMs)
      this.#renewLater(this.#isShown ? RENEW_MS : RETRY_MS)
      return true
    } catch (error) {
      log.debug({ error: String(error) }, 'The leases could not be renewed and will be again')
      this.#session?.end().catch(() => undefined)
      this.#session = undefined
      this.#renewLater(RETRY_MS)
      return false
    } finally {
      stop()
    }
  }

  #beSure(sinceMs: number, sinceTimeMs: number): void {
    this.#sureUntilMs = sinceMs + SURE_MS
    this.#sureUntilTimeMs = sinceTimeMs + SURE_MS
    this.#awake.restore()
  }

  async #connected(): Promise<PinnedClient> {
    if (this.#session !== undefined) return this.#session
    const session = await this.#parts.database.pin(() => undefined)
    this.#isShown = false
    this.#adopt(session)
    return session
  }

  #adopt(session: PinnedClient): void {
    this.#session = session
    session.on('end', () => this.#drop(session))
  }

  /** Without this connection others take us for dead, soon but not at once: so it is looked at once. */
  #drop(session: PinnedClient): void {
    if (this.#session !== session) return
    this.#session = undefined
    this.#sureUntilMs = 0
    void this.#renew()
  }
}

function everySoOften(clock: Clock, run: () => void): () => void {
  let cancel = clock.setTimer(SIGN_OF_LIFE_MS, again)
  function again(): void {
    run()
    cancel = clock.setTimer(SIGN_OF_LIFE_MS, again)
  }
  return () => cancel()
}
