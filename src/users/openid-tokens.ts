import type { Db } from '../store/database.ts'
import { deleteExpiredTokens, findOpenIdUser, insertOpenIdToken } from '../store/users/tokens.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import { digestOf, newSecret } from './secret.ts'

const LIFETIME_S = 3600

/** Tokens by which a user proves to somebody else who they are, and that are good for nothing more (Client-Server API, OpenID). */
export class OpenIdTokens {
  readonly #db: Db
  readonly #clock: Clock
  readonly #random: Random
  readonly #serverName: string

  constructor(options: { db: Db, clock: Clock, random: Random, serverName: string }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#random = options.random
    this.#serverName = options.serverName
  }

  async issue(user: number): Promise<{ access_token: string, token_type: 'Bearer', matrix_server_name: string, expires_in: number }> {
    const now = this.#clock.now()
    const { secret, digest } = newSecret('openid', this.#random)
    await deleteExpiredTokens(this.#db, now)
    await insertOpenIdToken(this.#db, { digest, user, expiresAt: now + LIFETIME_S * 1000 })
    return { access_token: secret, token_type: 'Bearer', matrix_server_name: this.#serverName, expires_in: LIFETIME_S }
  }

  /** The user id of whom the token was issued to, while it is good. */
  findOpenIdUser(token: string): Promise<string | undefined> {
    return findOpenIdUser(this.#db, digestOf(token), this.#clock.now())
  }
}
