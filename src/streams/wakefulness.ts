import type { Clock } from '../util/clock.ts'

/** Notices that the process did not run for a while, as when it was paused: whoever asks often enough knows that it did run. */
export class Wakefulness {
  readonly #clock: Clock
  readonly #gapMaxMs: number
  #lastMs: number

  constructor(clock: Clock, gapMaxMs: number) {
    this.#clock = clock
    this.#gapMaxMs = gapMaxMs
    this.#lastMs = clock.monotonicMs()
  }

  /** Whether there was no longer gap since it was made or restored. Each answer counts as a sign of life. */
  hasLasted(): boolean {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#lastMs > this.#gapMaxMs) return false
    this.#lastMs = nowMs
    return true
  }

  /** Gaps before now do not count any more. */
  restore(): void {
    this.#lastMs = this.#clock.monotonicMs()
  }
}
