import type { Config } from '../config/config.ts'
import { limitExceeded } from '../matrix/errors.ts'
import type { Clock } from '../util/clock.ts'
import { Gate } from '../util/gate.ts'
import { TokenBuckets } from '../util/token-bucket.ts'
import { addressBlock } from './client-address.ts'

const AT_ONCE = 10
const WAITING_MAX = 50
const INSIDE_BYTES_MAX = 32 * 1024 * 1024
const BUSY_RETRY_MS = 1000

const LARGE_BYTES = 256 * 1024
const LARGE_AT_ONCE = 24
const LARGE_OF_ADDRESS_AT_ONCE = 4

interface Place { readonly gate: Gate, inside: number, bytes: number }

/** Keeps one server from taking what the others need: few of its requests at once, and not too many in all. */
export class OriginLimits {
  readonly #buckets: TokenBuckets | undefined
  readonly #clock: Clock
  readonly #origins = new Map<string, Place>()
  readonly #addresses = new Map<string, Place>()
  readonly #largeBodies = new Gate(LARGE_AT_ONCE)

  constructor({ enabled, federation }: Pick<Config['rateLimits'], 'enabled' | 'federation'>, clock: Clock) {
    this.#buckets = enabled ? new TokenBuckets(federation) : undefined
    this.#clock = clock
  }

  /**
   * Does the work of a request of a server when its turn has come. `sizeBytes` is the size of its body, which is kept
   * meanwhile. Errors: M_LIMIT_EXCEEDED.
   */
  async run<T>(origin: string, sizeBytes: number, work: () => Promise<T>): Promise<T> {
    const waitMs = this.#buckets?.take(origin, this.#clock.monotonicMs()) ?? 0
    if (waitMs > 0) throw limitExceeded(waitMs)
    return runIn(this.#origins, origin, sizeBytes, AT_ONCE, work)
  }

  /**
   * Reads the body of whoever has not shown yet who it is. Large ones wait for their turn, unread, so that strangers
   * cannot fill our memory. Errors: M_LIMIT_EXCEEDED.
   */
  async read<T>(ip: string, sizeBytes: number, work: () => Promise<T>): Promise<T> {
    if (sizeBytes <= LARGE_BYTES) return work()
    return runIn(this.#addresses, addressBlock(ip), 0, LARGE_OF_ADDRESS_AT_ONCE, () => this.#largeBodies.run(work))
  }
}

async function runIn<T>(places: Map<string, Place>, key: string, sizeBytes: number, atOnce: number, work: () => Promise<T>): Promise<T> {
  const place = places.get(key) ?? { gate: new Gate(atOnce), inside: 0, bytes: 0 }
  const isFull = place.inside >= atOnce + WAITING_MAX || (place.inside > 0 && place.bytes + sizeBytes > INSIDE_BYTES_MAX)
  if (isFull) throw limitExceeded(BUSY_RETRY_MS)
  places.set(key, place)
  place.inside += 1
  place.bytes += sizeBytes
  try {
    return await place.gate.run(work)
  } finally {
    place.inside -= 1
    place.bytes -= sizeBytes
    if (place.inside === 0) places.delete(key)
  }
}
