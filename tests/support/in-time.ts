import type { FakeClock } from './fake-clock.ts'

/** Lets time pass, `stepMs` by `stepMs`, until something is there that would else be waited for for ever. */
export async function inTime<T>(clock: FakeClock, waiting: Promise<T>, stepMs = 1_000): Promise<T> {
  let isDone = false
  void waiting.finally(() => (isDone = true)).catch(() => undefined)
  while (!isDone) {
    clock.advance(stepMs)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return waiting
}
