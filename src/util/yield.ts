/** Lets whatever else waits for the event loop run first, so that long work does not hold it. */
export function yieldToLoop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setImmediate(resolve)
  return promise
}
