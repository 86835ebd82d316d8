import type { Clock } from '../util/clock.ts'

export interface StopSignals {
  /** Resolves with the reason when the process is asked to stop. */
  readonly first: Promise<string>
  /** Resolves when it is asked again, by somebody who does not want to wait. */
  readonly second: Promise<string>
}

const SAME_REQUEST_MS = 1000

/**
 * Listens for requests to stop. Ctrl-C in a terminal reaches us and the launcher, which hands it on, so that what comes
 * within a second is the same request. When the launcher itself was killed, nobody could stop us later: we go as well.
 */
export function listenForStop(clock: Clock): StopSignals {
  const first = Promise.withResolvers<string>()
  const second = Promise.withResolvers<string>()
  let firstMs: number | undefined
  const onRequest = (reason: string): void => {
    first.resolve(reason)
    firstMs ??= clock.monotonicMs()
    if (clock.monotonicMs() - firstMs > SAME_REQUEST_MS) second.resolve(reason)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => onRequest(signal))
  process.on('disconnect', () => onRequest('the launcher ended'))
  return { first: first.promise, second: second.promise }
}
