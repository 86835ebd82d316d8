/** Of what has the same key, one at a time, in the order of asking. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<void>>()

  /** How many keys are in use. */
  get size(): number {
    return this.#last.size
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last.set(key, promise)
    try {
      await before
      return await work()
    } finally {
      resolve()
      if (this.#last.get(key) === promise) this.#last.delete(key)
    }
  }
}
