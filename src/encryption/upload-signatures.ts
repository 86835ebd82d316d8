import { isJsonObject, ownValue, type JsonObject } from '../matrix/json.ts'
import { listSignatures, signedText, verifyKeyFromBase64, verifyText, type VerifyKey } from '../matrix/signing.ts'
import type { Db, Transaction } from '../store/database.ts'
import { insertKeySignatures, listCrossSigningKeys, lockCrossSigning, type KeySignature } from '../store/encryption/cross-signing.ts'
import { listDeviceKeys } from '../store/encryption/device-keys.ts'
import { insertKeysChange, insertSignedUsers } from '../store/encryption/device-lists.ts'
import type { Change } from '../streams/changes.ts'
import { unchanged, type Stream } from '../streams/stream.ts'
import { readCrossSigningKey, type CrossSigningKey } from './cross-signing-key.ts'
import { askForMasters, type Master, type MastersElsewhereParts } from './masters-elsewhere.ts'
import type { KeyOwner } from './upload-cross-signing.ts'

/** Signed objects, by the id of their user and their own: a device id or a public key. */
export type SignedKeys = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>

export interface SignatureFailure {
  readonly errcode: 'M_INVALID_SIGNATURE' | 'M_NOT_FOUND'
  readonly error: string
}

export type SignatureFailures = Readonly<Record<string, Readonly<Record<string, SignatureFailure>>>>

/** A key that may be signed, and who may sign it. */
interface Target {
  readonly user: number
  readonly object: JsonObject
  readonly signers: ReadonlyMap<string, VerifyKey>
}

const NOT_FOUND: SignatureFailure = { errcode: 'M_NOT_FOUND', error: 'There is no such key.' }
const INVALID: SignatureFailure = { errcode: 'M_INVALID_SIGNATURE', error: 'No key that may sign this one did so rightly.' }

/**
 * Publishes signatures on keys (Client-Server API, POST /keys/signatures/upload): on devices of one's own by the
 * self-signing key, on one's own master key by one's devices, on the master keys of others by the user-signing key.
 * Returns what was wrong, by user id and key; all the rest is stored. Everybody learns of signatures on one's own keys,
 * nobody but oneself of those on the keys of others. Keys of users of other servers are asked of those.
 */
export async function uploadSignatures(
  parts: MastersElsewhereParts & { readonly stream: Stream }, signer: KeyOwner, upload: SignedKeys,
): Promise<SignatureFailures> {
  const mastersElsewhere = await askForMasters(parts, Object.keys(upload))
  return parts.stream.transact(async (trx) => {
    await lockCrossSigning(trx, signer.user)
    const findTarget = await loadTargets(trx, signer, Object.keys(upload), mastersElsewhere)
    const made: KeySignature[] = []
    const failures: (readonly [userId: string, failures: Record<string, SignatureFailure>])[] = []
    for (const [userId, keys] of Object.entries(upload)) {
      const wrong: (readonly [string, SignatureFailure])[] = []
      for (const [keyId, object] of Object.entries(keys)) {
        const outcome = check(object, keyId, findTarget(userId, keyId), signer.userId)
        if ('errcode' in outcome) wrong.push([keyId, outcome])
        else made.push(...outcome)
      }
      if (wrong.length > 0) failures.push([userId, Object.fromEntries(wrong)])
    }
    const signed = made.length === 0 ? new Set<number>() : await insertKeySignatures(trx, signer.user, made)
    const value = Object.fromEntries(failures)
    if (signed.size === 0) return unchanged(value)
    return { value, positions: signed.size, write: (writing, first) => tell(writing, signer.user, signed, first) }
  })
}

function check(object: JsonObject, keyId: string, target: Target | undefined, signerId: string): KeySignature[] | SignatureFailure {
  if (target === undefined) return NOT_FOUND
  const text = signedText(target.object)
  if (signedText(object) !== text) return INVALID
  const made: KeySignature[] = []
  for (const { keyId: signerKeyId, signature } of listSignatures(object, signerId)) {
    const key = target.signers.get(signerKeyId)
    if (key === undefined) continue
    if (!verifyText(text, signature, key)) return INVALID
    made.push({ user: target.user, keyId, signerKeyId, signature })
  }
  return made.length === 0 ? INVALID : made
}

/** Finds what can be signed among the keys of some users. */
async function loadTargets(
  db: Db, signer: KeyOwner, userIds: readonly string[], mastersElsewhere: ReadonlyMap<string, Master>,
): Promise<(userId: string, keyId: string) => Target | undefined> {
  const rows = await listCrossSigningKeys(db, [...userIds, signer.userId])
  const devices = await listDeviceKeys(db, [signer.userId])
  const crossSigning = rows.map((row) => (
    { ...row, crossKey: readCrossSigningKey(JSON.parse(row.key) as JsonObject, row.usage, row.user_id) }
  ))
  const own = new Map(crossSigning.filter((row) => row.user_id === signer.userId).map(({ usage, crossKey }) => [usage, crossKey]))
  const ownDevices = new Map(devices.map((row) => [row.device_id, JSON.parse(row.keys) as JsonObject]))
  const bySelfSigning = signersOf(own.get('self_signing'))
  const byUserSigning = signersOf(own.get('user_signing'))
  const masters = new Map([...mastersElsewhere, ...crossSigning.filter((row) => row.usage === 'master').map((row) => (
    [row.user_id, { user: row.user_nid, crossKey: row.crossKey }] as const
  ))])
  return (userId, keyId) => {
    const device = userId === signer.userId ? ownDevices.get(keyId) : undefined
    if (device !== undefined) return { user: signer.user, object: device, signers: bySelfSigning }
    const master = masters.get(userId)
    if (master?.crossKey.publicKey !== keyId) return undefined
    const signers = userId === signer.userId ? deviceSigners(ownDevices) : byUserSigning
    return { user: master.user, object: master.crossKey.object, signers }
  }
}

function signersOf(key: CrossSigningKey | undefined): Map<string, VerifyKey> {
  return new Map(key === undefined ? [] : [[`ed25519:${key.publicKey}`, key.verifyKey]])
}

function deviceSigners(devices: ReadonlyMap<string, JsonObject>): Map<string, VerifyKey> {
  const signers = new Map<string, VerifyKey>()
  for (const [deviceId, device] of devices) {
    const keyId = `ed25519:${deviceId}`
    const keys = ownValue(device, 'keys')
    const publicKey = isJsonObject(keys) ? ownValue(keys, keyId) : undefined
    const key = typeof publicKey === 'string' ? verifyKeyFromBase64(publicKey) : undefined
    if (key !== undefined) signers.set(keyId, key)
  }
  return signers
}

async function tell(trx: Transaction, signer: number, signed: ReadonlySet<number>, first: number): Promise<Change[]> {
  const isOwnSigned = signed.has(signer)
  const others = [...signed].filter((user) => user !== signer)
  const changes: Change[] = []
  if (isOwnSigned) {
    await insertKeysChange(trx, signer, first)
    changes.push({ kind: 'device-list', user: signer, pos: first })
  }
  const firstOther = first + Number(isOwnSigned)
  await insertSignedUsers(trx, signer, others, firstOther)
  return [...changes, ...others.map((user, index) => ({ kind: 'device-list', user, onlyUser: signer, pos: firstOther + index }) as const)]
}
