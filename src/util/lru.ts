export interface LruOptions<V> {
  /** What an entry weighs; 1 if undefined. */
  readonly weigh?: (value: V) => number
  /** Entries that may not be forgotten at present. */
  readonly isPinned?: (value: V) => boolean
}

/**
 * A map that forgets what was used longest ago once its entries weigh more than the limit. While it is not half full the
 * order of use is not kept: nothing will be forgotten soon, and keeping it costs much in large maps.
 */
export class Lru<K, V> {
  readonly #entries = new Map<K, V>()
  /** What entries weighed when they were last weighed: they may have grown since, and must leave as what they came. */
  readonly #weights = new Map<K, number>()
  readonly #weightMax: number
  readonly #weigh: ((value: V) => number) | undefined
  readonly #isPinned: (value: V) => boolean
  #weight = 0

  constructor(weightMax: number, { weigh, isPinned = () => false }: LruOptions<V> = {}) {
    this.#weightMax = weightMax
    this.#weigh = weigh
    this.#isPinned = isPinned
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined || this.#weight * 2 < this.#weightMax) return value
    this.#take(key)
    this.#put(key, value)
    return value
  }

  /** Like `get`, but leaves the order of use as it is. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)
  }

  set(key: K, value: V): void {
    this.#take(key)
    this.#put(key, value)
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= this.#weightMax || oldest === key) break
      if (!this.#isPinned(entry)) this.delete(oldest)
    }
  }

  /** All entries, in no order that means anything; this is no use of them. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries()
  }

  delete(key: K): void {
    this.#take(key)
  }

  clear(): void {
    this.#entries.clear()
    this.#weights.clear()
    this.#weight = 0
  }

  #put(key: K, value: V): void {
    const weight = this.#weigh?.(value) ?? 1
    this.#entries.set(key, value)
    this.#weight += weight
    if (this.#weigh !== undefined) this.#weights.set(key, weight)
  }

  #take(key: K): void {
    if (!this.#entries.delete(key)) return
    this.#weight -= this.#weights.get(key) ?? 1
    this.#weights.delete(key)
  }
}
