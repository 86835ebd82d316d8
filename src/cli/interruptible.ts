/** Somebody asked a command to stop before it was done. */
export class Interrupted extends Error {}

/**
 * Does the work, unless Ctrl-C or a signal comes first: then whoever asked for it goes on to let go of what it holds, such as the
 * bundled PostgreSQL, which would otherwise run on by itself. What is told to stop once needs not be told so twice: Ctrl-C
 * reaches us and the launcher, which hands it on.
 */
export function interruptible<T>(work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(new Interrupted())
  for (const signal of SIGNALS) process.on(signal, stop)
  const letGo = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop)
  }
  return Promise.race([work().finally(letGo), promise])
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
