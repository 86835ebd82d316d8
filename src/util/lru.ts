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
  readonly #weightMax: number
  readonly #weigh: (value: V) => number
  readonly #isPinned: (value: V) => boolean
  #weight = 0

  constructor(weightMax: number, { weigh = () => 1, isPinned = () => false }: LruOptions<V> = {}) {
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
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** Like `get`, but leaves the order of use as it is. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)
  }

  set(key: K, value: V): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#weight += this.#weigh(value)
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= this.#weightMax || oldest === key) break
      if (!this.#isPinned(entry)) this.delete(oldest)
    }
  }

  delete(key: K): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#weight -= this.#weigh(value)
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
    this.#weight = 0
  }
}
