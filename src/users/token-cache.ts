import type { Requester } from './requester.ts'

/** What is remembered of an access token. */
export interface RememberedToken {
  readonly requester: Requester
  readonly locked: boolean
  readonly expiresAt: number | null
}

/** Access tokens by their digests, the least used forgotten first, and all of a user's forgotten at once. */
export class TokenCache {
  readonly #tokens = new Map<string, RememberedToken>()
  readonly #digestsOf = new Map<number, Set<string>>()
  readonly #ids = new Set<number>()
  readonly #tokensMax: number

  constructor(tokensMax: number) {
    this.#tokensMax = tokensMax
  }

  find(digest: string): RememberedToken | undefined {
    const token = this.#tokens.get(digest)
    if (token === undefined) return undefined
    this.#tokens.delete(digest)
    this.#tokens.set(digest, token)
    return token
  }

  /** Whether this token is remembered, by its number. */
  has(tokenId: number): boolean {
    return this.#ids.has(tokenId)
  }

  remember(digest: string, token: RememberedToken): void {
    this.#tokens.set(digest, token)
    const { user, tokenId } = token.requester
    this.#ids.add(tokenId)
    const digests = this.#digestsOf.get(user)
    if (digests === undefined) this.#digestsOf.set(user, new Set([digest]))
    else digests.add(digest)
    if (this.#tokens.size > this.#tokensMax) for (const oldest of this.#tokens.keys()) return this.#forget(oldest)
  }

  forgetUser(user: number): void {
    for (const digest of this.#digestsOf.get(user) ?? []) this.#forget(digest)
  }

  clear(): void {
    for (const part of [this.#tokens, this.#digestsOf, this.#ids]) part.clear()
  }

  #forget(digest: string): void {
    const requester = this.#tokens.get(digest)?.requester
    this.#tokens.delete(digest)
    if (requester === undefined) return
    this.#ids.delete(requester.tokenId)
    const digests = this.#digestsOf.get(requester.user)
    digests?.delete(digest)
    if (digests?.size === 0) this.#digestsOf.delete(requester.user)
  }
}
