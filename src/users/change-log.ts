const ENTRIES_MAX = 100_000

/** Who changed, in the order of the changes. The oldest are forgotten when there are many. */
export class ChangeLog {
  #entries: { readonly counter: number, readonly user: number }[] = []
  #counter = 0
  /** The number of the newest entry that is not remembered any more. */
  #forgotten = 0

  get counter(): number {
    return this.#counter
  }

  add(user: number): void {
    this.#counter += 1
    this.#entries.push({ counter: this.#counter, user })
    if (this.#entries.length <= ENTRIES_MAX) return
    const kept = this.#entries.slice(ENTRIES_MAX / 2)
    this.#forgotten = (kept[0]?.counter ?? 1) - 1
    this.#entries = kept
  }

  /** Each user who changed after that number, once; undefined if that is not remembered. */
  since(counter: number): readonly number[] | undefined {
    if (counter < this.#forgotten) return undefined
    // Every change has an entry, so the number tells the place.
    const entries = this.#entries.slice(counter - this.#forgotten)
    return entries.length === 0 ? [] : [...new Set(entries.map(({ user }) => user))]
  }
}
