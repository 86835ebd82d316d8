import type { Db } from '../store/database.ts'
import { listAccessTokens, markUsed, spendParentOf, type FoundToken } from '../store/tokens.ts'
import { Batch } from '../util/batch.ts'
import type { Clock } from '../util/clock.ts'
import type { Requester } from './requester.ts'
import { digestOf } from './secret.ts'
import type { Sightings } from './sightings.ts'
import { TokenCache, type RememberedToken } from './token-cache.ts'

/** What an access token turned out to be. */
export type TokenOutcome =
  | { readonly kind: 'known', readonly requester: Requester }
  /** The account is locked: the token stays good, but only for logging out. */
  | { readonly kind: 'locked', readonly requester: Requester }
  /** The token has run out; the session goes on once the client has refreshed it or logged in again. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' }

const UNKNOWN = { kind: 'unknown' } as const
const EXPIRED = { kind: 'expired' } as const
const REMEMBERED_MAX = 200_000

/** Who a request comes from, by its access token (Client-Server API, Using access tokens). */
export class AccessTokens {
  readonly #db: Db
  readonly #reads: Batch<Buffer, FoundToken | undefined>
  readonly #clock: Clock
  readonly #sightings: Sightings
  readonly #cache = new TokenCache(REMEMBERED_MAX)
  /** Counts the times that something was forgotten: what was read before one of them may be out of date. */
  #forgotten = 0

  constructor({ db, clock, sightings }: { db: Db, clock: Clock, sightings: Sightings }) {
    this.#db = db
    this.#reads = new Batch((digests) => listAccessTokens(db, digests))
    this.#clock = clock
    this.#sightings = sightings
  }

  /** What the token is, at once where it was used lately. */
  findRequester(token: string): TokenOutcome | Promise<TokenOutcome> {
    const digest = digestOf(token)
    const name = digest.toString('base64')
    const remembered = this.#cache.find(name)
    return remembered === undefined ? this.#load(digest, name) : this.#judge(remembered)
  }

  /** Notes that somebody is there. */
  sawRequester(requester: Requester, ip: string, userAgent: string | undefined): void {
    this.#sightings.saw(requester, ip, userAgent)
  }

  /** Asks the database again about every token of a user, after something about them or the account has changed. */
  forgetUser(user: number): void {
    this.#forgotten += 1
    this.#cache.forgetUser(user)
  }

  async #load(digest: Buffer, name: string): Promise<TokenOutcome> {
    const forgottenBefore = this.#forgotten
    const found = await this.#reads.get(digest)
    if (found === undefined) return UNKNOWN
    const token = remember(found)
    const outcome = this.#judge(token)
    if (outcome.kind === 'known' && !found.used && found.refreshTokenId !== null) await this.#useFirst(found.id, found.refreshTokenId)
    if (this.#forgotten === forgottenBefore) this.#cache.remember(name, token)
    return outcome
  }

  /** The old refresh token is good until the new access token is used (Client-Server API, POST /refresh). */
  async #useFirst(tokenId: number, refreshTokenId: number): Promise<void> {
    await spendParentOf(this.#db, refreshTokenId)
    await markUsed(this.#db, tokenId)
  }

  #judge({ requester, locked, expiresAt }: RememberedToken): TokenOutcome {
    if (expiresAt !== null && expiresAt <= this.#clock.now()) return EXPIRED
    return { kind: locked ? 'locked' : 'known', requester }
  }
}

function remember(found: FoundToken): RememberedToken {
  return {
    locked: found.locked,
    expiresAt: found.expiresAt,
    requester: {
      userId: found.userId, user: found.user, deviceId: found.deviceId ?? undefined, isGuest: found.kind === 'guest',
      isAdmin: found.isAdmin, isAppservice: found.kind === 'appservice', tokenId: found.id, suspended: found.suspended,
    },
  }
}
