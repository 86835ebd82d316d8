import type { Waiter } from './endpoint.ts'
import type { Exchange } from './exchange.ts'
import { preSerialized } from './reply.ts'
import type { Reply } from './reply.ts'

/** Where the answers of the waiting requests of one operation go. */
export interface Lot {
  answer(exchange: Exchange, reply: Reply, startMs: number): void
  fail(exchange: Exchange, error: unknown, startMs: number): void
}

/** A request that waits: its connection, and no frame of a function with it. */
export class ParkedWaiter implements Waiter {
  readonly #exchange: Exchange
  readonly #lot: Lot
  readonly #startMs: number
  #isOver = false

  constructor(exchange: Exchange, lot: Lot, startMs: number) {
    this.#exchange = exchange
    this.#lot = lot
    this.#startMs = startMs
  }

  answer(jsonText: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#lot.answer(this.#exchange, preSerialized(jsonText), this.#startMs)
  }

  fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#lot.fail(this.#exchange, error, this.#startMs)
  }

  onClose(run: () => void): void {
    this.#exchange.onClose(() => {
      if (this.#isOver) return
      this.#isOver = true
      run()
    })
  }
}
