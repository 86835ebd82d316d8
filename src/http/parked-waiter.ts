import type { TimerWheel, WheelTimer } from '../util/timer-wheel.ts'
import type { Answerable } from './answerable.ts'
import type { Waiter } from './endpoint.ts'
import type { Exchange } from './exchange.ts'
import { preSerialized, type Reply } from './reply.ts'

/** Where the answers of the waiting requests of one operation go. */
export interface Lot {
  readonly timers: TimerWheel
  answer(exchange: Answerable, reply: Reply, startMs: number): void
  fail(exchange: Answerable, error: unknown, startMs: number): void
}

/** Who has waited for so long will probably wait much longer. In a busy room nobody does. */
const SHELVED_AFTER_MS = 250

/** A request that waits: its connection, and no frame of a function with it. */
export class ParkedWaiter implements Waiter {
  readonly #lot: Lot
  readonly #startMs: number
  #exchange: Answerable
  #timer: WheelTimer | undefined
  #whenGone: (() => void) | undefined
  #isOver = false

  constructor(exchange: Exchange, lot: Lot, startMs: number) {
    this.#exchange = exchange
    this.#lot = lot
    this.#startMs = startMs
    exchange.onClose(() => this.#leave())
    this.#timer = lot.timers.add(SHELVED_AFTER_MS, () => this.#shelve(exchange))
  }

  answer(jsonText: string): void {
    if (this.#end()) this.#lot.answer(this.#exchange, preSerialized(jsonText), this.#startMs)
  }

  fail(error: unknown): void {
    if (this.#end()) this.#lot.fail(this.#exchange, error, this.#startMs)
  }

  onClose(run: () => void): void {
    this.#whenGone = run
  }

  #leave(): void {
    if (this.#end()) this.#whenGone?.()
  }

  /** From here on nothing refers to the request that node:http has read. */
  #shelve(exchange: Exchange): void {
    this.#timer = undefined
    this.#exchange = exchange.shelve(() => this.#leave()) ?? exchange
  }

  /** False if it was over already. */
  #end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    if (this.#timer !== undefined) this.#lot.timers.cancel(this.#timer)
    this.#timer = undefined
    return true
  }
}
