import type { Config } from './config/config.ts'
import type { Encryption } from './encryption/encryption.ts'
import type { SigningKey } from './matrix/signing.ts'
import type { Transactions } from './streams/transactions.ts'
import type { Clock } from './util/clock.ts'

/** What a handler may ask for, by name. `server.ts` builds each once. */
export interface Services {
  readonly clock: Clock
  readonly config: Config
  readonly encryption: Encryption
  /** The key that this server signs with. */
  readonly signingKey: SigningKey
  readonly transactions: Transactions
  /** Our own version, as in `0.1.0`. */
  readonly version: string
}
