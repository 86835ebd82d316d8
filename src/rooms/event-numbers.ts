import type { Db } from '../store/database.ts'
import { drawEventNids } from '../store/dictionary.ts'

/** Numbers for events that are yet to be written, drawn from the database a block at a time. */
export class EventNumbers {
  readonly #db: Db
  #next = 0
  #end = 0
  #drawing: Promise<void> | undefined

  constructor(db: Db) {
    this.#db = db
  }

  /** Whether `take` can be called so many times. */
  has(count: number): boolean {
    return this.#end - this.#next >= count
  }

  /** Draws a further block. Others may take of it before the caller does, so ask `has` again. */
  async draw(): Promise<void> {
    this.#drawing ??= this.#draw()
    await this.#drawing
  }

  take(): number {
    if (this.#next >= this.#end) throw new Error('No number for an event was reserved')
    this.#next += 1
    return this.#next - 1
  }

  async #draw(): Promise<void> {
    try {
      const { first, count } = await drawEventNids(this.#db)
      this.#next = first
      this.#end = first + count
    } finally {
      this.#drawing = undefined
    }
  }
}
