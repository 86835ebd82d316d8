import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import { isJsonObject, ownValue, setOwn, type JsonObject, type MutableJsonObject } from './json.ts'

const ALGORITHM = 'ed25519'
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const PRIVATE_KEY_DER = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC_KEY_DER = Buffer.from('302a300506032b6570032100', 'hex')
const KEY_VERSION = /^[a-zA-Z0-9_]+$/

/** A key pair that we sign with. */
export interface SigningKey {
  /** `ed25519:` and the version. */
  readonly keyId: string
  /** Unpadded Base64, as it is published. */
  readonly publicKey: string
  readonly privateKey: KeyObject
}

/** A public key, ready to check signatures with. */
export interface VerifyKey {
  readonly publicKey: string
  readonly object: KeyObject
}

export interface Signature {
  readonly keyId: string
  readonly signature: string
}

/** The key pair of a 32-byte seed. Making it costs about 10 µs more than signing needs, so it is made once and kept. */
export function signingKeyFromSeed(version: string, seed: Buffer): SigningKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_DER, seed]), format: 'der', type: 'pkcs8' })
  const publicBytes = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_KEY_DER.length)
  return { keyId: `${ALGORITHM}:${version}`, publicKey: encodeBase64(publicBytes), privateKey }
}

/** The public key of a Base64 text, or undefined if it is none. Kept by whoever asks, since making it is not free. */
export function verifyKeyFromBase64(publicKey: string): VerifyKey | undefined {
  const bytes = decodeBase64(publicKey)
  if (bytes?.length !== KEY_BYTES) return undefined
  const object = createPublicKey({ key: Buffer.concat([PUBLIC_KEY_DER, bytes]), format: 'der', type: 'spki' })
  return { publicKey: encodeBase64(bytes), object }
}

/**
 * The keys of a key file as Synapse writes it: a line each, of algorithm, version and seed. Undefined if a line is not of
 * that form.
 */
export function parseSigningKeys(file: string): readonly SigningKey[] | undefined {
  const keys: SigningKey[] = []
  for (const line of file.split('\n')) {
    if (line.trim() === '') continue
    const [algorithm, version = '', seedText = ''] = line.trim().split(/\s+/)
    const seed = decodeBase64(seedText)
    if (algorithm !== ALGORITHM || !KEY_VERSION.test(version) || seed?.length !== KEY_BYTES) return undefined
    keys.push(signingKeyFromSeed(version, seed))
  }
  return keys.length === 0 ? undefined : keys
}

/** The line of a key file. */
export function formatSigningKey(version: string, seed: Buffer): string {
  return `${ALGORITHM} ${version} ${encodeBase64(seed)}\n`
}

/** The signature of a text, in unpadded Base64. */
export function signText(text: string, key: SigningKey): string {
  return encodeBase64(sign(null, Buffer.from(text), key.privateKey))
}

/** Whether the signature of the text is right; one that is no Base64 or of another length is wrong. */
export function verifyText(text: string, signature: string, key: VerifyKey): boolean {
  const bytes = decodeBase64(signature)
  return bytes?.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key.object, bytes)
}

/** The same on another thread, for whoever has many of them to check. */
export function verifyTextAside(text: string, signature: string, key: VerifyKey): Promise<boolean> {
  const bytes = decodeBase64(signature)
  if (bytes?.length !== SIGNATURE_BYTES) return Promise.resolve(false)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  verify(null, Buffer.from(text), key.object, bytes, (error, isRight) => resolve(error === null && isRight))
  return promise
}

/** The text that signatures of an object cover: all of it but `signatures` and `unsigned` (appendices, Signing Details). */
export function signedText(object: JsonObject): string {
  const covered: MutableJsonObject = {}
  for (const [key, value] of Object.entries(object)) {
    if (key !== 'signatures' && key !== 'unsigned') setOwn(covered, key, value)
  }
  return canonicalJson(covered)
}

/** The object with our signature beside those that it already has (appendices, Signing Details). */
export function signJson(object: JsonObject, serverName: string, key: SigningKey): JsonObject {
  return withSignature(object, serverName, { keyId: key.keyId, signature: signText(signedText(object), key) })
}

/** The object with one signature more. */
export function withSignature(object: JsonObject, entity: string, { keyId, signature }: Signature): JsonObject {
  const existing = ownValue(object, 'signatures')
  const signatures: MutableJsonObject = isJsonObject(existing) ? { ...existing } : {}
  const ofEntity = ownValue(signatures, entity)
  setOwn(signatures, entity, { ...(isJsonObject(ofEntity) ? ofEntity : {}), [keyId]: signature })
  return { ...object, signatures }
}

/** The Ed25519 signatures that an object bears in the name of an entity; others cannot be checked and are left out. */
export function listSignatures(object: JsonObject, entity: string): readonly Signature[] {
  const signatures = ownValue(object, 'signatures')
  const ofEntity = isJsonObject(signatures) ? ownValue(signatures, entity) : undefined
  if (!isJsonObject(ofEntity)) return []
  return Object.entries(ofEntity).flatMap(([keyId, signature]) =>
    keyId.startsWith(`${ALGORITHM}:`) && typeof signature === 'string' ? [{ keyId, signature }] : [])
}

/**
 * Whether an entity signed the object: at least one of its signatures is by a key that `findKey` knows, and none of
 * those is wrong (appendices, Checking for a Signature).
 */
export function verifyJson(object: JsonObject, entity: string, findKey: (keyId: string) => VerifyKey | undefined): boolean {
  const text = signedText(object)
  let verified = 0
  for (const { keyId, signature } of listSignatures(object, entity)) {
    const key = findKey(keyId)
    if (key === undefined) continue
    if (!verifyText(text, signature, key)) return false
    verified += 1
  }
  return verified > 0
}
