import { MatrixError } from '../matrix/errors.ts'
import type { Db } from '../store/database.ts'
import { findSessionVersion } from '../store/session-version.ts'
import { listOpenAccounts } from '../store/users/masks.ts'
import { listAccessTokens, listAccessTokensById, markUsed, spendParentOf, type FoundToken } from '../store/users/tokens.ts'
import { Batch } from '../util/batch.ts'
import type { Clock } from '../util/clock.ts'
import type { Asserted, Mask, Masks } from './masks.ts'
import type { Requester } from './requester.ts'
import { digestOf } from './secret.ts'
import type { Sightings } from './sightings.ts'
import { TokenCache, type RememberedToken } from './token-cache.ts'
import { refusalOf, type TokenOutcome } from './token-outcome.ts'

const UNKNOWN = { kind: 'unknown' } as const
const EXPIRED = { kind: 'expired' } as const
const REMEMBERED_MAX = 200_000
/** So old may be what is known of whether somebody beside this process has ended sessions. */
const LOOK_EVERY_MS = 2_000

/** Hears of whom something about the sessions or the account has changed; without a user, of everybody. */
export type SessionListener = (user?: number) => void

/** Who a request comes from, by its access token (Client-Server API, Using access tokens). */
export class AccessTokens {
  readonly #db: Db
  readonly #reads: Batch<Buffer, FoundToken | undefined>
  readonly #clock: Clock
  readonly #sightings: Sightings
  readonly #masks: Masks
  readonly #cache = new TokenCache(REMEMBERED_MAX)
  /** Counts the times that something was forgotten: what was read before one of them may be out of date. */
  #forgotten = 0
  readonly #listeners: SessionListener[] = []
  #version: string | undefined
  #lookedMs = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined

  constructor({ db, clock, sightings, masks }: { db: Db, clock: Clock, sightings: Sightings, masks: Masks }) {
    this.#db = db
    this.#reads = new Batch((digests) => listAccessTokens(db, digests))
    this.#clock = clock
    this.#sightings = sightings
    this.#masks = masks
  }

  /** What the token is, at once where it was used lately. Application services say for whom they ask. */
  findRequester(token: string, asserted: Asserted = {}): TokenOutcome | Promise<TokenOutcome> {
    const isKnown = this.#clock.monotonicMs() - this.#lookedMs < LOOK_EVERY_MS
    return isKnown ? this.#find(token, asserted) : this.look().then(() => this.#find(token, asserted))
  }

  /**
   * Looks whether somebody beside this process has ended sessions, as a command does; for who has clients that wait and ask
   * nothing. Never rejects: without the database nobody has.
   */
  look(): Promise<void> {
    return this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  /** Calls the listener when sessions may have ended. */
  listen(listener: SessionListener): void {
    this.#listeners.push(listener)
  }

  /** Whether nothing has changed about a token since somebody came with it. */
  isRemembered({ tokenId }: Pick<Requester, 'tokenId'>): boolean {
    return this.#cache.has(tokenId)
  }

  /** Those of some tokens, by their numbers, with which nobody can ask anything any more, and why. */
  async findRefusals(tokenIds: readonly number[]): Promise<Map<number, MatrixError>> {
    const tokens = await listAccessTokensById(this.#db, tokenIds.filter((id) => id > 0))
    const found = new Map(tokens.map((token) => [token.id, this.#judge(remember(token))]))
    // What an application service asks for somebody is good as long as the account is.
    const open = new Set(await listOpenAccounts(this.#db, tokenIds.flatMap((id) => (id < 0 ? [-id] : []))))
    return new Map(tokenIds.flatMap((id) => {
      if (open.has(-id)) return []
      const refusal = refusalOf(found.get(id) ?? UNKNOWN)
      return refusal === undefined ? [] : [[id, refusal]]
    }))
  }

  /** Notes that somebody is there. */
  sawRequester(requester: Requester, ip: string, userAgent: string | undefined): void {
    this.#sightings.saw(requester, ip, userAgent)
  }

  /** Asks the database again about every token of a user, after something about them or the account has changed. */
  forgetUser(user: number): void {
    this.#forgotten += 1
    this.#cache.forgetUser(user)
    for (const listener of this.#listeners) listener(user)
  }

  async #look(): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    const version = await findSessionVersion(this.#db).catch(() => this.#version)
    this.#lookedMs = nowMs
    if (version === this.#version) return
    this.#version = version
    this.#forgotten += 1
    this.#cache.clear()
    for (const listener of this.#listeners) listener()
  }

  #find(token: string, asserted: Asserted): TokenOutcome | Promise<TokenOutcome> {
    const mask = this.#masks.find(token, asserted)
    if (mask !== undefined) return this.#findMasked(mask)
    const digest = digestOf(token)
    const name = digest.toString('base64')
    const remembered = this.#cache.find(name)
    return remembered === undefined ? this.#load(digest, name) : this.#judge(remembered)
  }

  #findMasked(mask: Mask): TokenOutcome | Promise<TokenOutcome> {
    const remembered = this.#cache.find(mask.name)
    return remembered === undefined ? this.#loadMasked(mask) : this.#judge(remembered)
  }

  async #loadMasked(mask: Mask): Promise<TokenOutcome> {
    const forgottenBefore = this.#forgotten
    try {
      const token = await this.#masks.load(mask)
      if (this.#forgotten === forgottenBefore) this.#cache.remember(mask.name, token)
      return this.#judge(token)
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error
      return { kind: 'refused', refusal: error }
    }
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
      isAdmin: found.isAdmin, tokenId: found.id, suspended: found.suspended,
    },
  }
}
