const ENTRIES_MAX = 100_000

interface Entry { readonly number: number, readonly user: number }

/** Who changed, in the order of the changes. The oldest are forgotten when there are many. */
export class ChangeLog {
  #entries: Entry[] = []
  /** The number of the newest entry that is not remembered any more. */
  #forgotten = 0

  /** The numbers must grow. */
  add(number: number, user: number): void {
    const entries = this.#entries
    entries.push({ number, user })
    if (entries.length <= ENTRIES_MAX) return
    this.#forgotten = entries[ENTRIES_MAX / 2 - 1]?.number ?? number
    this.#entries = entries.slice(ENTRIES_MAX / 2)
  }

  /** Each user who changed after that number, once; undefined if that is not remembered. */
  since(number: number): readonly number[] | undefined {
    if (number < this.#forgotten) return undefined
    const entries = this.#entries.slice(this.#findFirstAfter(number))
    return entries.length === 0 ? [] : [...new Set(entries.map(({ user }) => user))]
  }

  #findFirstAfter(number: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle]?.number ?? Infinity) <= number) low = middle + 1
      else high = middle
    }
    return low
  }
}
