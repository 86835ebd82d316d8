import type { Config } from './config/config.ts'
import type { SigningKey } from './matrix/signing.ts'
import type { Clock } from './util/clock.ts'

/** What a handler may ask for, by name. `server.ts` builds each once. */
export interface Services {
  readonly clock: Clock
  readonly config: Config
  /** The key that this server signs with. */
  readonly signingKey: SigningKey
  /** Our own version, as in `0.1.0`. */
  readonly version: string
}
