interface Wish<K, V> {
  readonly key: K
  readonly resolve: (value: V) => void
  readonly reject: (error: unknown) => void
}

/**
 * Loads together what is asked for one by one: while one load is on its way the next gathers, so that thousands who come
 * at once cost a few queries, and who comes alone waits for nobody.
 */
export class Batch<K, V> {
  readonly #load: (keys: readonly K[]) => Promise<readonly V[]>
  readonly #sizeMax: number
  #wishes: Wish<K, V>[] = []
  #isLoading = false

  /** `load` gives a value for each of the keys, in their order. */
  constructor(load: (keys: readonly K[]) => Promise<readonly V[]>, sizeMax = 500) {
    this.#load = load
    this.#sizeMax = sizeMax
  }

  get(key: K): Promise<V> {
    const { promise, resolve, reject } = Promise.withResolvers<V>()
    this.#wishes.push({ key, resolve, reject })
    if (!this.#isLoading) {
      this.#isLoading = true
      // What this turn of the event loop brings goes together.
      queueMicrotask(() => void this.#run())
    }
    return promise
  }

  async #run(): Promise<void> {
    while (this.#wishes.length > 0) await this.#fulfil(this.#wishes.splice(0, this.#sizeMax))
    this.#isLoading = false
  }

  async #fulfil(wishes: readonly Wish<K, V>[]): Promise<void> {
    try {
      const values = await this.#load(wishes.map((wish) => wish.key))
      if (values.length !== wishes.length) throw new Error('A load gave another number of values than was asked for')
      // The lengths are the same, so that there is a value for each.
      wishes.forEach((wish, index) => wish.resolve(values[index] as V))
    } catch (error) {
      for (const wish of wishes) wish.reject(error)
    }
  }
}
