import type { Clock } from '../util/clock.ts'
import type { TimerWheel } from '../util/timer-wheel.ts'
import type { Shelf } from './shelf.ts'

/** What all requests of a front have in common. */
export interface Line {
  readonly clock: Clock
  readonly timers: TimerWheel
  /** Where the connections are of those who have waited for a while. */
  readonly shelf: Shelf
  /** How long a connection is kept on which nothing is asked. */
  readonly keepAliveMs: number
  /** Once true, each answer is the last one on its connection. */
  isClosing: boolean
}
