import type { Clock } from './clock.ts'

/** A place on the wheel: hand it back to `cancel`. */
export interface WheelTimer {
  readonly dueMs: number
  readonly run: () => void
}

/**
 * Many deadlines on one timer. Thousands of connections wait for half a minute each: a timer of their own would cost
 * each of them memory and the process a sorted queue, and none of them minds being called up to a tick late.
 */
export class TimerWheel {
  readonly #clock: Clock
  readonly #tickMs: number
  readonly #slots: Set<WheelTimer>[]
  #slot: number
  #size = 0
  #cancelTick: (() => void) | undefined

  constructor(clock: Clock, { tickMs = 250, slotCount = 512 }: { tickMs?: number, slotCount?: number } = {}) {
    this.#clock = clock
    this.#tickMs = tickMs
    this.#slots = Array.from({ length: slotCount }, () => new Set())
    this.#slot = this.#tickOf(clock.monotonicMs())
  }

  /** How many deadlines are waiting. */
  get size(): number {
    return this.#size
  }

  /** Calls `run` once, `delayMs` from now or up to one tick later. */
  add(delayMs: number, run: () => void): WheelTimer {
    const nowMs = this.#clock.monotonicMs()
    if (this.#size === 0) this.#slot = this.#tickOf(nowMs)
    const timer = { dueMs: nowMs + Math.max(delayMs, 0), run }
    this.#slotAt(this.#dueTick(timer)).add(timer)
    this.#size++
    if (this.#cancelTick === undefined) this.#arm(nowMs)
    return timer
  }

  cancel(timer: WheelTimer): void {
    if (this.#slotAt(this.#dueTick(timer)).delete(timer)) this.#size--
  }

  #tickOf(ms: number): number {
    return Math.floor(ms / this.#tickMs)
  }

  /** The first tick at which the deadline has passed; never the running one, which may have been swept already. */
  #dueTick(timer: WheelTimer): number {
    return Math.ceil(timer.dueMs / this.#tickMs)
  }

  #slotAt(tick: number): Set<WheelTimer> {
    const slot = this.#slots[tick % this.#slots.length]
    if (slot === undefined) throw new RangeError('The tick is not a whole number')
    return slot
  }

  #arm(nowMs: number): void {
    const nextMs = (this.#tickOf(nowMs) + 1) * this.#tickMs
    this.#cancelTick = this.#clock.setTimer(nextMs - nowMs, () => this.#turn())
  }

  #turn(): void {
    this.#cancelTick = undefined
    const nowMs = this.#clock.monotonicMs()
    const nowTick = this.#tickOf(nowMs)
    // After a long pause every slot is looked at once, however many ticks were missed.
    const first = Math.max(this.#slot, nowTick - this.#slots.length + 1)
    const due: WheelTimer[] = []
    for (let tick = first; tick <= nowTick; tick++) {
      const slot = this.#slotAt(tick)
      for (const timer of slot) {
        if (timer.dueMs <= nowMs && slot.delete(timer)) due.push(timer)
      }
    }
    this.#slot = nowTick
    this.#size -= due.length
    for (const timer of due) timer.run()
    if (this.#size > 0 && this.#cancelTick === undefined) this.#arm(this.#clock.monotonicMs())
  }
}
