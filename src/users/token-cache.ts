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

  remember(digest: string, token: RememberedToken): void {
    this.#tokens.set(digest, token)
    const { user } = token.requester
    const digests = this.#digestsOf.get(user)
    if (digests === undefined) this.#digestsOf.set(user, new Set([digest]))
    else digests.add(digest)
    if (this.#tokens.size > this.#tokensMax) for (const oldest of this.#tokens.keys()) return this.#forget(oldest)
  }

  forgetUser(user: number): void {
    for (const digest of this.#digestsOf.get(user) ?? []) this.#forget(digest)
  }

  #forget(digest: string): void {
    const user = this.#tokens.get(digest)?.requester.user
    this.#tokens.delete(digest)
    if (user === undefined) return
    const digests = this.#digestsOf.get(user)
    digests?.delete(digest)
    if (digests?.size === 0) this.#digestsOf.delete(user)
  }
}
