import type { Destinations } from '../../remote/destinations.ts'
import type { Clock } from '../../util/clock.ts'
import { Gate } from '../../util/gate.ts'

export interface LanesParts {
  readonly destinations: Pick<Destinations, 'find'>
  readonly clock: Clock
}

const QUICK_MAX = 96
const SLOW_MAX = 16
const SLOW_FROM_MS = 5000
const REMEMBERED_MAX = 10_000

/** How many servers are sent something at once: those that were slow the last time, or did not answer, never hold up the others. */
export class Lanes {
  readonly #parts: LanesParts
  readonly #quick = new Gate(QUICK_MAX)
  readonly #slow = new Gate(SLOW_MAX)
  readonly #slowServers = new Set<string>()

  constructor(parts: LanesParts) {
    this.#parts = parts
  }

  run(server: string, work: () => Promise<void>): Promise<void> {
    const isSlow = this.#slowServers.has(server) || this.#parts.destinations.find(server) !== undefined
    return (isSlow ? this.#slow : this.#quick).run(() => this.#time(server, work))
  }

  async #time(server: string, work: () => Promise<void>): Promise<void> {
    const { clock } = this.#parts
    const begunAt = clock.monotonicMs()
    await work()
    this.#slowServers.delete(server)
    if (clock.monotonicMs() - begunAt < SLOW_FROM_MS) return
    this.#slowServers.add(server)
    const [oldest] = this.#slowServers
    if (oldest !== undefined && this.#slowServers.size > REMEMBERED_MAX) this.#slowServers.delete(oldest)
  }
}
