import type { Config } from '../config/config.ts'
import { limitExceeded } from '../matrix/errors.ts'
import type { Clock } from '../util/clock.ts'
import { Gate } from '../util/gate.ts'
import { TokenBuckets } from '../util/token-bucket.ts'

const AT_ONCE = 10
const WAITING_MAX = 50
const BUSY_RETRY_MS = 1000

/** Keeps one server from taking what the others need: few of its requests at once, and not too many in all. */
export class OriginLimits {
  readonly #buckets: TokenBuckets | undefined
  readonly #clock: Clock
  readonly #gates = new Map<string, { readonly gate: Gate, inside: number }>()

  constructor({ enabled, federation }: Pick<Config['rateLimits'], 'enabled' | 'federation'>, clock: Clock) {
    this.#buckets = enabled ? new TokenBuckets(federation) : undefined
    this.#clock = clock
  }

  /** Does the work of a request when its turn has come. Errors: M_LIMIT_EXCEEDED. */
  async run<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const waitMs = this.#buckets?.take(origin, this.#clock.monotonicMs()) ?? 0
    if (waitMs > 0) throw limitExceeded(waitMs)
    const place = this.#gates.get(origin) ?? { gate: new Gate(AT_ONCE), inside: 0 }
    if (place.inside >= AT_ONCE + WAITING_MAX) throw limitExceeded(BUSY_RETRY_MS)
    this.#gates.set(origin, place)
    place.inside += 1
    try {
      return await place.gate.run(work)
    } finally {
      place.inside -= 1
      if (place.inside === 0) this.#gates.delete(origin)
    }
  }
}
