import type { TimerWheel } from '../util/timer-wheel.ts'

/** What all requests of a front have in common. */
export interface Line {
  readonly timers: TimerWheel
  /** Once true, each answer is the last one on its connection. */
  isClosing: boolean
}
