import type { Clock } from '../../src/util/clock.ts'

interface Timer { readonly dueMs: number, readonly run: () => void }

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs: number
  #timers = new Set<Timer>()

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  setTimer(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, run }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.setTimer(delayMs, resolve)
    signal?.addEventListener('abort', () => {
      cancel()
      resolve()
    }, { once: true })
    return promise
  }

  /** Moves time on and runs what falls due, in order. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#nowMs = Math.max(this.#nowMs, due.dueMs)
      due.run()
    }
    this.#nowMs = endMs
  }
}
