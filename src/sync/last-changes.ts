/** When each of many things last changed. Of what changed long ago only so much is known. */
export class LastChanges<K> {
  readonly #sizeMax: number
  #positions = new Map<K, number>()
  /** Of what has no position here, nothing is known before this one. */
  #from: number

  constructor(from: number, sizeMax: number) {
    this.#from = from
    this.#sizeMax = sizeMax
  }

  note(key: K, pos: number): void {
    // Whatever changed last stands last.
    this.#positions.delete(key)
    this.#positions.set(key, pos)
    if (this.#positions.size > this.#sizeMax) this.#forgetHalf()
  }

  /** Takes over what changed after an earlier position and before anything was noted here, oldest first. */
  prepend(from: number, earlier: readonly { readonly key: K, readonly pos: number }[]): void {
    const later = this.#positions
    this.#positions = new Map()
    this.#from = from
    for (const { key, pos } of earlier) this.note(key, pos)
    for (const [key, pos] of later) this.note(key, pos)
  }

  /** Whether the answers for that position are exact. */
  covers(after: number): boolean {
    return after >= this.#from
  }

  /** Whether it changed after the position; true also where that is not known. */
  mayHaveChanged(key: K, after: number): boolean {
    return after < this.#from || (this.#positions.get(key) ?? 0) > after
  }

  #forgetHalf(): void {
    let left = this.#sizeMax / 2
    for (const [key, pos] of this.#positions) {
      if (left <= 0) break
      left -= 1
      this.#positions.delete(key)
      this.#from = pos
    }
  }
}
