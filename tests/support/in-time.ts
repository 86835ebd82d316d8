import type { FakeClock } from './fake-clock.ts'

/** Lets time pass until something is there: who asks waits a while for a server that was there a moment ago. */
export async function inTime<T>(clock: FakeClock, waiting: Promise<T>): Promise<T> {
  let isDone = false
  void waiting.finally(() => (isDone = true))
  while (!isDone) {
    clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return waiting
}
