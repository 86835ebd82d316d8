import { canonicalJson } from '../matrix/canonical-json.ts'
import { findNonCanonical, isJsonObject, ownValue, type JsonObject, type JsonValue } from '../matrix/json.ts'
import { listSignatures, signedText, verifyKeyFromBase64, verifyText, type VerifyKey } from '../matrix/signing.ts'
import type { ServerKeyRow } from '../store/federation/server-keys.ts'
import { DAY_MS } from '../util/durations.ts'

/** What a server says of its keys, checked. */
export interface KeyAnswer {
  readonly serverName: string
  readonly validUntilTs: number
  readonly keys: readonly ServerKeyRow[]
  /** As it was published, as Canonical JSON. */
  readonly text: string
}

export type KeyAnswerOutcome = { readonly ok: true, readonly answer: KeyAnswer } | { readonly ok: false, readonly message: string }

/** Whoever wants us to believe in a key for longer than this has to tell us again (Server-Server API, Publishing Keys). */
const VALID_MS_MAX = 7 * DAY_MS
const KEYS_MAX = 100
/** An answer is kept with each of its keys. */
const TEXT_LENGTH_MAX = 65_536
/** Keys whose secret half is known to all the world, or can be guessed (CVE-2026-24044): nothing is proved by them. */
const KNOWN_TO_ALL = new Set(['l/O9hxMVKB6Lg+3Hqf0FQQZhVESQcMzbPN1Cz2nM3og'])
const KEY_ID = /^ed25519:[\w+/=.-]{1,200}$/

/**
 * Reads what a server publishes about its keys: of the server that was asked about, and rightly signed. A key that did not
 * sign is passed over, since nobody showed to have it, and so is one of an algorithm that we do not know.
 */
export function readKeyAnswer(json: JsonObject, serverName: string, now: number): KeyAnswerOutcome {
  if (ownValue(json, 'server_name') !== serverName) return refuse('The answer is about another server.')
  const validUntil = ownValue(json, 'valid_until_ts')
  if (!isTimestamp(validUntil)) return refuse('The answer does not say until when it is valid.')
  if (findNonCanonical(json) !== undefined) return refuse('The answer is no canonical JSON.')
  const validUntilTs = Math.min(validUntil, now + VALID_MS_MAX)
  const current = readKeys(ownValue(json, 'verify_keys'))
  const old = readKeys(ownValue(json, 'old_verify_keys') ?? {})
  if (current === undefined || old === undefined || current.size === 0) return refuse('The answer holds no keys that could be read.')
  const whole = canonicalJson(json)
  if (whole.length > TEXT_LENGTH_MAX) return refuse('The answer is longer than one about keys can be.')
  const text = signedText(json)
  const signatures = new Map(listSignatures(json, serverName).map(({ keyId, signature }) => [keyId, signature]))
  const keys: ServerKeyRow[] = []
  for (const [keyId, { publicKey, key }] of current) {
    const signature = signatures.get(keyId)
    if (signature === undefined) continue
    if (!verifyText(text, signature, key)) return refuse(`The answer bears a wrong signature by its key ${keyId}.`)
    keys.push({ serverName, keyId, publicKey, validUntilTs, expiredTs: null, fetchedAt: now })
  }
  if (keys.length === 0) return refuse('The answer is signed by none of its keys.')
  for (const [keyId, { publicKey, expiredTs }] of old) {
    if (expiredTs === undefined || current.has(keyId)) continue
    keys.push({ serverName, keyId, publicKey, validUntilTs: expiredTs, expiredTs, fetchedAt: now })
  }
  return { ok: true, answer: { serverName, validUntilTs, keys, text: whole } }
}

interface ReadKey { readonly publicKey: string, readonly key: VerifyKey, readonly expiredTs: number | undefined }

/** The Ed25519 keys of a list; undefined if it is none, or one of them is no key. */
function readKeys(value: JsonValue | undefined): ReadonlyMap<string, ReadKey> | undefined {
  if (!isJsonObject(value)) return undefined
  const entries = Object.entries(value)
  if (entries.length > KEYS_MAX) return undefined
  const keys = new Map<string, ReadKey>()
  for (const [keyId, described] of entries) {
    if (!KEY_ID.test(keyId)) continue
    const publicKey = isJsonObject(described) ? ownValue(described, 'key') : undefined
    const key = typeof publicKey === 'string' ? verifyKeyFromBase64(publicKey) : undefined
    if (key === undefined || !isJsonObject(described)) return undefined
    if (KNOWN_TO_ALL.has(key.publicKey)) continue
    const expiredTs = ownValue(described, 'expired_ts')
    keys.set(keyId, { publicKey: key.publicKey, key, expiredTs: isTimestamp(expiredTs) ? expiredTs : undefined })
  }
  return keys
}

function isTimestamp(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function refuse(message: string): KeyAnswerOutcome {
  return { ok: false, message }
}
