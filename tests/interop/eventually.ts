import { sleep } from '../../bench/parallel.ts'

const TIMEOUT_MS = 30_000

/** The first answer that is neither undefined nor false; what it waits for is told when it does not come. */
export async function eventually<T>(
  what: string, find: () => Promise<T | undefined | false>, timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const untilMs = performance.now() + timeoutMs
  while (performance.now() < untilMs) {
    const found = await find()
    if (found !== undefined && found !== false) return found
    await sleep(200)
  }
  throw new Error(`Not seen in ${timeoutMs / 1000} s: ${what}`)
}
