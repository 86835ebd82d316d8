import { canonicalJson } from '../matrix/canonical-json.ts'
import { forbidden, MatrixError, missingParam } from '../matrix/errors.ts'
import type { JsonObject } from '../matrix/json.ts'
import { signedText } from '../matrix/signing.ts'
import type { Db, Transaction } from '../store/database.ts'
import {
  deleteCrossSigningKeys, deleteSignaturesBy, deleteSignaturesOn, hasDeviceNamed, listCrossSigningKeys, lockCrossSigning,
  setCrossSigningKey, type KeyUsage,
} from '../store/encryption/cross-signing.ts'
import { insertKeysChange } from '../store/encryption/device-lists.ts'
import { logEncryption, type EncryptionEvent } from '../store/encryption/encryption-log.ts'
import type { Change } from '../streams/changes.ts'
import { unchanged, type Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import { isSignedBy, readCrossSigningKey, type CrossSigningKey } from './cross-signing-key.ts'

export interface CrossSigningUpload {
  readonly master_key?: JsonObject
  readonly self_signing_key?: JsonObject
  readonly user_signing_key?: JsonObject
}

export interface KeyOwner {
  readonly user: number
  readonly userId: string
}

type KeysByUsage = ReadonlyMap<KeyUsage, CrossSigningKey>

/** What an upload would change. */
interface Plan {
  readonly stored: KeysByUsage
  /** Those of the uploaded keys that are not stored already. */
  readonly fresh: readonly CrossSigningKey[]
  /** The user has keys already, and some would be others: only the user may do that, not whoever got hold of a token. */
  readonly replaces: boolean
  /** There is another master key now, so that everything under the old one is void. */
  readonly isReset: boolean
}

/**
 * Whether the user must authenticate once more to upload the keys: there is a master key, and not all keys are those
 * that are stored (Client-Server API, POST /keys/device_signing/upload). Errors: those of `uploadCrossSigning`.
 */
export async function replacesCrossSigning(db: Db, owner: KeyOwner, upload: CrossSigningUpload): Promise<boolean> {
  return (await planUpload(db, owner, upload)).replaces
}

/**
 * Publishes the keys with which a user signs devices and other users. Without `mayReplace` only what changes no key that
 * is there. Errors: M_INVALID_PARAM for keys that are none, M_MISSING_PARAM without a master key, M_INVALID_SIGNATURE for
 * keys that the master key did not sign, M_FORBIDDEN for a key that is named like a device.
 */
export async function uploadCrossSigning(
  { stream, clock }: { readonly stream: Stream, readonly clock: Clock }, owner: KeyOwner,
  { mayReplace, ...upload }: CrossSigningUpload & { readonly mayReplace: boolean },
): Promise<void> {
  const { user } = owner
  await stream.transact(async (trx) => {
    await lockCrossSigning(trx, user)
    const plan = await planUpload(trx, owner, upload)
    if (plan.fresh.length === 0) return unchanged(undefined)
    if (plan.replaces && !mayReplace) throw forbidden('Other keys were uploaded at the same time.')
    // Whoever verifies could not tell such a key from the device (Client-Server API, Cross-signing).
    const isTaken = await hasDeviceNamed(trx, user, plan.fresh.map((key) => key.publicKey))
    if (isTaken) throw forbidden('A device of yours has the name of this key.')
    await replaceKeys(trx, user, plan)
    await logEncryption(trx, user, kindOf(plan), [null], clock.now())
    return {
      value: undefined,
      positions: 1,
      async write(writing: Transaction, pos: number): Promise<Change[]> {
        await insertKeysChange(writing, user, pos)
        return [{ kind: 'device-list', user, pos }]
      },
    }
  })
}

async function planUpload(db: Db, { userId }: KeyOwner, upload: CrossSigningUpload): Promise<Plan> {
  const given = readUpload(upload, userId)
  const stored = new Map((await listCrossSigningKeys(db, [userId])).map(({ usage, key }) => (
    [usage, readCrossSigningKey(JSON.parse(key) as JsonObject, usage, userId)]
  )))
  const master = given.get('master') ?? stored.get('master')
  if (master === undefined) throw missingParam('There is no master key yet, and none was given.')
  for (const key of given.values()) {
    if (key.usage !== 'master' && !isSignedBy(key, master, userId)) {
      throw new MatrixError('M_INVALID_SIGNATURE', `The ${key.usage} key is not signed by the master key.`)
    }
  }
  const fresh = [...given.values()].filter((key) => !isSame(key, stored.get(key.usage)))
  const replaces = stored.has('master') && fresh.length > 0
  return { stored, fresh, replaces, isReset: replaces && fresh.some((key) => key.usage === 'master') }
}

function readUpload(upload: CrossSigningUpload, userId: string): KeysByUsage {
  const keys = new Map<KeyUsage, CrossSigningKey>()
  for (const usage of ['master', 'self_signing', 'user_signing'] as const) {
    const key = upload[`${usage}_key`]
    if (key !== undefined) keys.set(usage, readCrossSigningKey(key, usage, userId))
  }
  return keys
}

function kindOf({ stored, isReset }: Plan): EncryptionEvent {
  if (isReset) return 'cross_signing_reset'
  return stored.has('master') ? 'cross_signing_changed' : 'cross_signing_set_up'
}

function isSame(key: CrossSigningKey, stored: CrossSigningKey | undefined): boolean {
  return stored !== undefined && signedText(key.object) === signedText(stored.object)
}

/** Stores the keys. What was signed by a key that is replaced, or was signed on it, goes with it. */
async function replaceKeys(trx: Transaction, user: number, { stored, fresh, isReset }: Plan): Promise<void> {
  const gone = isReset ? [...stored.values()] : fresh.flatMap((key) => stored.get(key.usage) ?? [])
  await deleteSignaturesOn(trx, user, gone.map((key) => key.publicKey))
  await deleteSignaturesBy(trx, user, gone.map((key) => `ed25519:${key.publicKey}`))
  if (isReset) await deleteCrossSigningKeys(trx, user)
  for (const { usage, object } of fresh) await setCrossSigningKey(trx, user, usage, canonicalJson(object))
}
