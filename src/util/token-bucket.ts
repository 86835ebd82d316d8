/** How fast a bucket fills, and how much fits into it. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Bucket { tokens: number, atMs: number }

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

  /** Takes one token: 0 when there was one, else the milliseconds until there will be. */
  take(key: string, nowMs: number): number {
    this.#forgetFull(nowMs)
    const tokens = this.#tokensOf(key, nowMs)
    if (tokens < 1) return this.#msUntilOne(tokens)
    // Taken out and put in again, so that the map stays sorted by the time of the last use.
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: tokens - 1, atMs: nowMs })
    return 0
  }

  /** What `take` would answer, without taking. */
  waitMs(key: string, nowMs: number): number {
    const tokens = this.#tokensOf(key, nowMs)
    return tokens < 1 ? this.#msUntilOne(tokens) : 0
  }

  #tokensOf(key: string, nowMs: number): number {
    const bucket = this.#buckets.get(key)
    return bucket === undefined ? this.#rate.burst : Math.min(this.#rate.burst, this.#filled(bucket, nowMs))
  }

  #filled(bucket: Bucket, nowMs: number): number {
    return bucket.tokens + Math.max(0, nowMs - bucket.atMs) / 1000 * this.#rate.perSecond
  }

  #msUntilOne(tokens: number): number {
    // A rate of 0 never fills again: a day is as good as never, and a number that a header can hold.
    return Math.min(86_400_000, Math.ceil((1 - tokens) / this.#rate.perSecond * 1000))
  }

  /** Two of the oldest are looked at per call: the map shrinks faster than it can grow. */
  #forgetFull(nowMs: number): void {
    let looks = 2
    for (const [key, bucket] of this.#buckets) {
      if (looks-- === 0 || this.#filled(bucket, nowMs) < this.#rate.burst) return
      this.#buckets.delete(key)
    }
  }
}
