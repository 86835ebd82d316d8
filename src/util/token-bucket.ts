/** How fast a bucket fills, and how much fits into it. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Bucket { tokens: number, atMs: number }

/** So many keys are remembered; of more, those used longest ago begin anew. */
const KEYS_MAX = 200_000

/** One bucket per key, all of one rate. A key that has not been seen has a full bucket and costs nothing. */
export class TokenBuckets {
  readonly #rate: Rate
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate) {
    this.#rate = rate
  }

  get size(): number {
    return this.#buckets.size
  }

  /**
   * Takes tokens: 0 when there were enough, else the milliseconds until there will be. A full bucket gives more than it
   * holds, and owes them: what is asked for at once would otherwise never be given.
   */
  take(key: string, nowMs: number, count = 1): number {
    this.#forget(nowMs)
    const waitMs = this.waitMs(key, nowMs, count)
    if (waitMs === 0) this.#put(key, { tokens: this.#tokensOf(key, nowMs) - count, atMs: nowMs })
    return waitMs
  }

  /** What `take` would answer, without taking. */
  waitMs(key: string, nowMs: number, count = 1): number {
    const missing = Math.min(count, this.#rate.burst) - this.#tokensOf(key, nowMs)
    if (missing <= 0) return 0
    // A rate of 0 never fills again: a day is as good as never, and a number that a header can hold.
    return Math.min(86_400_000, Math.ceil(missing / this.#rate.perSecond * 1000))
  }

  /** Undoes a `take`. */
  giveBack(key: string, nowMs: number, count = 1): void {
    if (this.#buckets.has(key)) this.#put(key, { tokens: this.#tokensOf(key, nowMs) + count, atMs: nowMs })
  }

  /** Taken out and put in again, so that the map stays sorted by the time of the last use. */
  #put(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
  }

  #tokensOf(key: string, nowMs: number): number {
    const bucket = this.#buckets.get(key)
    return bucket === undefined ? this.#rate.burst : Math.min(this.#rate.burst, this.#filled(bucket, nowMs))
  }

  #filled(bucket: Bucket, nowMs: number): number {
    return bucket.tokens + Math.max(0, nowMs - bucket.atMs) / 1000 * this.#rate.perSecond
  }

  /** Two of the oldest are looked at per call, to forget those that are full: the map shrinks faster than it can grow. */
  #forget(nowMs: number): void {
    let looks = 2
    for (const [key, bucket] of this.#buckets) {
      if (looks-- === 0 || (this.#buckets.size < KEYS_MAX && this.#filled(bucket, nowMs) < this.#rate.burst)) return
      this.#buckets.delete(key)
    }
  }
}
