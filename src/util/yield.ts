/** Lets whatever else waits for the event loop run first, so that long work does not hold it. */
export function yieldToLoop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setImmediate(resolve)
  return promise
}

/** Carries out work that stops now and then, so that others get their turn. */
export async function inSlices<T>(work: Iterator<unknown, T>): Promise<T> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value
    await yieldToLoop()
  }
}
