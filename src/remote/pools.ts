import { Pool } from 'undici'
import { dial, type Dialling, type Endpoint } from './dial.ts'

const POOLS_MAX = 1000
const CONNECTIONS_PER_ENDPOINT = 8
const IDLE_MS = 20_000
const HEADER_BYTES_MAX = 16_384

/** Open connections by where they go, few to each; those to the place that was used longest ago are let go first. */
export class Pools {
  readonly #dialling: Dialling
  readonly #pools = new Map<string, Pool>()

  constructor(dialling: Dialling) {
    this.#dialling = dialling
  }

  get(endpoint: Endpoint): Pool {
    const key = JSON.stringify([endpoint.host, endpoint.port, endpoint.certificateName])
    const pool = this.#pools.get(key) ?? this.#open(endpoint)
    this.#pools.delete(key)
    this.#pools.set(key, pool)
    for (const [oldest, unused] of this.#pools) {
      if (this.#pools.size <= POOLS_MAX) break
      this.#pools.delete(oldest)
      void unused.close()
    }
    return pool
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  #open(endpoint: Endpoint): Pool {
    // The origin says nothing: where a connection goes, and by which name, is up to `connect`.
    return new Pool(endpoint.certificateName === undefined ? 'http://pool.invalid' : 'https://pool.invalid', {
      connections: CONNECTIONS_PER_ENDPOINT,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      connect: (_options, callback) => {
        dial(this.#dialling, endpoint).then((socket) => callback(null, socket), (error: unknown) => callback(asError(error), null))
      },
    })
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
