import type { Clock } from '../util/clock.ts'
import { randomString, type Random } from '../util/random.ts'
import type { TimerWheel } from '../util/timer-wheel.ts'
import { Compression } from './compression.ts'
import { KEEP_ALIVE_MS } from './listener.ts'
import { Shelf } from './shelf.ts'

/** What all requests of a front have in common. */
export interface Line {
  readonly clock: Clock
  readonly timers: TimerWheel
  /** Where the connections are of those who have waited for a while. */
  readonly shelf: Shelf
  readonly compression: Compression
  /** How long a connection is kept on which nothing is asked. */
  readonly keepAliveMs: number
  /** Once true, each answer is the last one on its connection. */
  isClosing: boolean
}

export function createLine(clock: Clock, timers: TimerWheel): Line {
  return {
    clock, timers, shelf: new Shelf(timers, KEEP_ALIVE_MS), compression: new Compression(), keepAliveMs: KEEP_ALIVE_MS, isClosing: false,
  }
}

/** Short names by which a line in the log and an answer find each other; no two starts share them. */
export function createRequestIds(random: Random): () => string {
  const prefix = randomString(random, 4)
  let count = 0
  return () => `${prefix}${(count++).toString(36)}`
}
