/** Time as a thing that is handed in, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch, for timestamps that people and peers see. */
  now(): number
  /** Milliseconds that never go back, for measuring how long something took. */
  monotonicMs(): number
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  setTimer(delayMs: number, run: () => void): () => void
  /** Resolves after `delayMs`, or at once when the signal is aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  sleep: (delayMs, signal) => sleepBySystemTimer(delayMs, signal),
}

function sleepBySystemTimer(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal?.aborted) return Promise.resolve()
  const end = (): void => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    resolve()
  }
  const timer = setTimeout(end, delayMs)
  signal?.addEventListener('abort', end)
  return promise
}
