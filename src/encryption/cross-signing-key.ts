import { canonicalJson } from '../matrix/canonical-json.ts'
import { MatrixError, invalidParam } from '../matrix/errors.ts'
import { isJsonObject, ownValue, type JsonObject } from '../matrix/json.ts'
import { verifyJson, verifyKeyFromBase64, type VerifyKey } from '../matrix/signing.ts'
import type { KeyUsage } from '../store/encryption/cross-signing.ts'

/** A cross-signing key that is what it says it is. Who else signed it is another matter. */
export interface CrossSigningKey {
  readonly usage: KeyUsage
  readonly object: JsonObject
  /** The public part in Base64, which also names the key. */
  readonly publicKey: string
  readonly verifyKey: VerifyKey
}

const KEY_BYTES_MAX = 16_384

/**
 * A cross-signing key of a user as it was uploaded or stored. It names its user and its use, and holds one Ed25519 key
 * which is also its name (Client-Server API, Cross-signing, Key and signature security). Signatures by others are left
 * out: they would tell everybody whom they know. Errors: M_INVALID_PARAM, M_TOO_LARGE.
 */
export function readCrossSigningKey(key: JsonObject, usage: KeyUsage, userId: string): CrossSigningKey {
  const usages = ownValue(key, 'usage')
  if (ownValue(key, 'user_id') !== userId) throw invalidParam('The key is of another user.')
  if (!Array.isArray(usages) || !usages.includes(usage)) throw invalidParam(`The key is not meant to be a ${usage} key.`)
  const keys = ownValue(key, 'keys')
  const [entry, ...more] = isJsonObject(keys) ? Object.entries(keys) : []
  const publicKey = entry?.[1]
  const verifyKey = typeof publicKey === 'string' ? verifyKeyFromBase64(publicKey) : undefined
  if (entry === undefined || verifyKey === undefined || more.length > 0 || entry[0] !== `ed25519:${verifyKey.publicKey}`) {
    throw invalidParam(`The ${usage} key must hold one Ed25519 key, named ed25519:<the key in unpadded Base64>.`)
  }
  if (Buffer.byteLength(canonicalJson(key)) > KEY_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', `The ${usage} key is too large.`)
  return { usage, object: withoutStrangers(key, userId), publicKey: verifyKey.publicKey, verifyKey }
}

/** Whether the other key signed this one, both being keys of one user. */
export function isSignedBy(key: CrossSigningKey, signer: CrossSigningKey, userId: string): boolean {
  return verifyJson(key.object, userId, (keyId) => keyId === `ed25519:${signer.publicKey}` ? signer.verifyKey : undefined)
}

function withoutStrangers({ unsigned, signatures, ...key }: JsonObject, userId: string): JsonObject {
  const own = isJsonObject(signatures) ? ownValue(signatures, userId) : undefined
  return own === undefined ? key : { ...key, signatures: { [userId]: own } }
}
