import type { Db } from '../store/database.ts'
import { drawEventNids } from '../store/dictionary.ts'

/** Numbers for events that are yet to be written, drawn from the database a block at a time. */
export class EventNumbers {
  readonly #db: Db
  /** Blocks that were drawn, without what was taken of them. */
  readonly #blocks: { next: number, readonly end: number }[] = []
  #left = 0
  #drawing: Promise<void> | undefined

  constructor(db: Db) {
    this.#db = db
  }

  /** Whether `take` can be called so many times. */
  has(count: number): boolean {
    return this.#left >= count
  }

  /** Draws a further block. Others may take of it before the caller does, so ask `has` again. */
  async draw(): Promise<void> {
    this.#drawing ??= this.#draw()
    await this.#drawing
  }

  take(): number {
    const [block] = this.#blocks
    if (block === undefined) throw new Error('No number for an event was reserved')
    const taken = block.next
    block.next += 1
    this.#left -= 1
    if (block.next === block.end) this.#blocks.shift()
    return taken
  }

  async #draw(): Promise<void> {
    try {
      const { first, count } = await drawEventNids(this.#db)
      this.#blocks.push({ next: first, end: first + count })
      this.#left += count
    } finally {
      this.#drawing = undefined
    }
  }
}
