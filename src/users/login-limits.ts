import type { Config } from '../config/config.ts'
import { limitExceeded } from '../matrix/errors.ts'
import type { Clock } from '../util/clock.ts'
import { TokenBuckets } from '../util/token-bucket.ts'

/** How often one may try to log in to one account, whatever the address, and how often one may fail. */
export class LoginLimits {
  readonly #clock: Clock
  readonly #tries: TokenBuckets
  readonly #failures: TokenBuckets
  readonly #enabled: boolean

  constructor({ rateLimits, clock }: { rateLimits: Config['rateLimits'], clock: Clock }) {
    this.#clock = clock
    this.#enabled = rateLimits.enabled
    this.#tries = new TokenBuckets(rateLimits.loginAccount)
    this.#failures = new TokenBuckets(rateLimits.loginFailed)
  }

  /** Before a login. Errors: M_LIMIT_EXCEEDED. */
  beforeLogin(userId: string): void {
    if (!this.#enabled) return
    const waitMs = this.#tries.take(userId, this.#clock.monotonicMs())
    if (waitMs > 0) throw limitExceeded(waitMs)
  }

  /** Before a password is looked at. Errors: M_LIMIT_EXCEEDED. */
  beforePassword(userId: string): void {
    if (!this.#enabled) return
    const waitMs = this.#failures.waitMs(userId, this.#clock.monotonicMs())
    if (waitMs > 0) throw limitExceeded(waitMs)
  }

  failed(userId: string): void {
    if (this.#enabled) this.#failures.take(userId, this.#clock.monotonicMs())
  }
}
