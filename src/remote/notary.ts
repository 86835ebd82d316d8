import { canonicalJson } from '../matrix/canonical-json.ts'
import { isJsonObject, ownValue, parseJson, STORED, type JsonObject } from '../matrix/json.ts'
import type { Db } from '../store/database.ts'
import { listServerKeyAnswers } from '../store/federation/server-keys.ts'
import type { Clock } from '../util/clock.ts'
import { readKeyAnswer } from './key-answer.ts'
import type { KeyRing } from './key-ring.ts'
import type { OwnKeys } from './own-keys.ts'

/** What is asked of one server: keys (all if none is named) with the time until which they have to be valid. */
export interface KeyQuery {
  readonly serverName: string
  readonly keys: ReadonlyMap<string, number | undefined>
  /** Where no key is named. */
  readonly validUntil?: number | undefined
}

export interface NotaryParts {
  readonly db: Db
  readonly keyRing: Pick<KeyRing, 'refresh'>
  readonly ownKeys: OwnKeys
  readonly serverName: string
  readonly clock: Clock
}

/** All that an answer about keys may say. What else stands in it gets no signature of ours: who knows what it means elsewhere. */
const FIELDS: ReadonlySet<string> = new Set([
  'server_name', 'valid_until_ts', 'verify_keys', 'old_verify_keys', 'signatures', 'tls_fingerprints',
])
const KEY_FIELDS: ReadonlySet<string> = new Set(['key', 'expired_ts'])

/** Tells others what servers published about their keys, also of those that cannot be asked any more. */
export class Notary {
  readonly #parts: NotaryParts

  constructor(parts: NotaryParts) {
    this.#parts = parts
  }

  /**
   * The answers of the servers, each with our signature besides its own, as texts of JSON. What is known is told even where
   * it is older than was asked for, if nothing newer can be had (Server-Server API, Querying Keys Through Another Server).
   */
  async query(queries: readonly KeyQuery[]): Promise<readonly string[]> {
    const answers = await Promise.all(queries.map((query) => this.#answer(query)))
    return answers.flat()
  }

  async #answer(query: KeyQuery): Promise<readonly string[]> {
    const { serverName, ownKeys, clock, keyRing } = this.#parts
    if (query.serverName === serverName) return [canonicalJson(ownKeys.published(clock.now()))]
    const known = await this.#find(query)
    if (this.#satisfies(known, query)) return this.#sign(known)
    await keyRing.refresh(query.serverName)
    return this.#sign(await this.#find(query))
  }

  async #find({ serverName, keys }: KeyQuery): Promise<readonly JsonObject[]> {
    const texts = await listServerKeyAnswers(this.#parts.db, serverName, [...keys.keys()])
    return texts.flatMap((text) => {
      const parsed = parseJson(text, STORED)
      // Read again as if it had just come: that is the check before we sign.
      return parsed.ok && isJsonObject(parsed.value) && isOnlyAboutKeys(parsed.value)
        && readKeyAnswer(parsed.value, serverName, this.#parts.clock.now()).ok ? [parsed.value] : []
    })
  }

  #satisfies(answers: readonly JsonObject[], { keys, validUntil }: KeyQuery): boolean {
    const now = this.#parts.clock.now()
    const holds = (keyId: string | undefined, until: number) => answers.some((answer) => {
      const validUntilTs = ownValue(answer, 'valid_until_ts')
      const current = ownValue(answer, 'verify_keys')
      const old = ownValue(answer, 'old_verify_keys')
      if (keyId === undefined) return typeof validUntilTs === 'number' && validUntilTs >= until
      if (isJsonObject(old) && ownValue(old, keyId) !== undefined) return true
      return isJsonObject(current) && ownValue(current, keyId) !== undefined && typeof validUntilTs === 'number' && validUntilTs >= until
    })
    if (keys.size === 0) return holds(undefined, validUntil ?? now)
    return [...keys].every(([keyId, until]) => holds(keyId, until ?? now))
  }

  #sign(answers: readonly JsonObject[]): readonly string[] {
    return answers.map((answer) => canonicalJson(this.#parts.ownKeys.sign(answer)))
  }
}

function isOnlyAboutKeys(answer: JsonObject): boolean {
  if (!Object.keys(answer).every((field) => FIELDS.has(field))) return false
  return ['verify_keys', 'old_verify_keys'].every((field) => {
    const keys = ownValue(answer, field) ?? {}
    return isJsonObject(keys) && Object.values(keys).every((key) =>
      isJsonObject(key) && Object.keys(key).every((part) => KEY_FIELDS.has(part)))
  })
}
