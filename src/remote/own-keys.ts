import type { JsonObject } from '../matrix/json.ts'
import { signJson, verifyKeyFromBase64, type SigningKey, type VerifyKey } from '../matrix/signing.ts'
import type { ServerKey } from '../matrix/verify-event.ts'
import { DAY_MS } from '../util/durations.ts'

/** A key that this server signed with once. */
export interface RetiredKey {
  readonly keyId: string
  /** Unpadded Base64. */
  readonly publicKey: string
  readonly expiredTs: number
}

/** The keys of this server, as others learn of them. */
export class OwnKeys {
  readonly #serverName: string
  readonly #signingKey: SigningKey
  readonly #retired: readonly RetiredKey[]
  readonly #keys = new Map<string, { readonly key: VerifyKey, readonly expiredTs: number | undefined }>()

  constructor(options: { serverName: string, signingKey: SigningKey, retired: readonly RetiredKey[] }) {
    this.#serverName = options.serverName
    this.#signingKey = options.signingKey
    this.#retired = options.retired
    for (const { keyId, publicKey, expiredTs } of [...options.retired, { ...options.signingKey, expiredTs: undefined }]) {
      const key = verifyKeyFromBase64(publicKey)
      if (key !== undefined) this.#keys.set(keyId, { key, expiredTs })
    }
  }

  /** What we publish, signed with itself (Server-Server API, Publishing Keys). */
  published(now: number): JsonObject {
    const retired = this.#retired.map(({ keyId, publicKey, expiredTs }) => [keyId, { expired_ts: expiredTs, key: publicKey }] as const)
    return this.sign({
      server_name: this.#serverName,
      valid_until_ts: now + DAY_MS,
      verify_keys: { [this.#signingKey.keyId]: { key: this.#signingKey.publicKey } },
      old_verify_keys: Object.fromEntries(retired),
    })
  }

  /** Our signature beside those that are there. What others wrote may come here only after it was checked field by field. */
  sign(json: JsonObject): JsonObject {
    return signJson(json, this.#serverName, this.#signingKey)
  }

  /** One of our own keys, until when it is or was good. */
  find(keyId: string, now: number): ServerKey | undefined {
    const known = this.#keys.get(keyId)
    return known && { key: known.key, validUntilTs: known.expiredTs ?? now + DAY_MS }
  }
}
