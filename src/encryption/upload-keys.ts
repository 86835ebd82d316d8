import { canonicalJson } from '../matrix/canonical-json.ts'
import { MatrixError, invalidParam } from '../matrix/errors.ts'
import type { JsonObject, JsonValue } from '../matrix/json.ts'
import type { Transaction } from '../store/database.ts'
import { deleteSignaturesOn } from '../store/encryption/cross-signing.ts'
import { deleteSessionKeys, findDeviceKeys, lockDevice, setDeviceKeys } from '../store/encryption/device-keys.ts'
import { insertDeviceChanges } from '../store/encryption/device-lists.ts'
import { setFallbackKeys } from '../store/encryption/fallback-keys.ts'
import {
  deleteKeysClaimedBefore, deleteOneTimeKeys, insertOneTimeKeys, listNamedOneTimeKeys, type NewKey,
} from '../store/encryption/one-time-keys.ts'
import type { Change } from '../streams/changes.ts'
import type { Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import { DAY_MS } from '../util/durations.ts'
import type { Device } from './device.ts'
import { readOneTimeKeyCounts } from './key-counts.ts'
import { formatDeviceKeys, parseFallbackKeys, parseKeys } from './key-format.ts'

export interface KeysUpload {
  readonly device_keys?: JsonObject
  readonly one_time_keys?: Readonly<Record<string, JsonValue>>
  readonly fallback_keys?: Readonly<Record<string, JsonValue>>
}

const ONE_TIME_KEYS_MAX = 1000
const UNCHANGED = { isNew: false, hasOldKeys: false }
const REMEMBER_CLAIMED_MS = 30 * DAY_MS

/**
 * Publishes keys of a device and says how many one-time keys it has left (Client-Server API, POST /keys/upload).
 * All of it is stored, or nothing. Whoever shares a room with the user learns of changed identity keys.
 * Errors: M_BAD_JSON for keys of another device, M_UNKNOWN for a one-time key whose name another key has,
 * M_INVALID_PARAM for names that are none or for too many keys, M_UNKNOWN_DEVICE for a device that is gone.
 */
export async function uploadKeys(
  { stream, clock }: { readonly stream: Stream, readonly clock: Clock }, device: Device, upload: KeysUpload,
): Promise<Record<string, number>> {
  const { user, deviceId } = device
  const deviceKeys = upload.device_keys === undefined ? undefined : formatDeviceKeys(upload.device_keys, device)
  const oneTimeKeys = parseKeys(upload.one_time_keys ?? {})
  const fallbackKeys = parseFallbackKeys(upload.fallback_keys ?? {})
  return stream.transact(async (trx) => {
    if (!await lockDevice(trx, user, deviceId)) throw new MatrixError('M_UNKNOWN_DEVICE', 'There is no such device.')
    const { isNew: hasNewIdentity, hasOldKeys } = deviceKeys === undefined ? UNCHANGED : await replaceDeviceKeys(trx, device, deviceKeys)
    const hasNewKeys = oneTimeKeys.length > 0 && await addOneTimeKeys(trx, device, oneTimeKeys, clock.now())
    const hasNewFallback = fallbackKeys.length > 0 && await setFallbackKeys(trx, user, deviceId, fallbackKeys)
    const counts = await readOneTimeKeyCounts(trx, user, deviceId)
    if (hasNewKeys && Object.values(counts).reduce((sum, count) => sum + count, 0) > ONE_TIME_KEYS_MAX) {
      throw invalidParam(`A device can have at most ${ONE_TIME_KEYS_MAX} one-time keys.`)
    }
    return {
      value: counts,
      positions: hasNewIdentity || hasNewKeys || hasNewFallback ? 1 : 0,
      async write(writing: Transaction, pos: number): Promise<Change[]> {
        const changes: Change[] = []
        if (hasNewIdentity) {
          await insertDeviceChanges(writing, user, [deviceId], pos)
          changes.push({ kind: 'device-list', user, pos })
        }
        if (hasNewKeys || hasNewFallback || hasOldKeys) changes.push({ kind: 'key-counts', user, deviceId, pos })
        return changes
      },
    }
  })
}

async function replaceDeviceKeys(trx: Transaction, { user, deviceId }: Device, keys: string): Promise<typeof UNCHANGED> {
  const stored = await findDeviceKeys(trx, user, deviceId)
  if (stored === keys) return UNCHANGED
  // What others signed are the keys that the device had.
  if (stored !== undefined) await deleteSignaturesOn(trx, user, [deviceId])
  await setDeviceKeys(trx, user, deviceId, keys)
  // A device that has lost its keys cannot read what is sent with others of that time, which it signed with them besides.
  const hasOldKeys = stored !== undefined && identityOf(stored) !== identityOf(keys) && await deleteSessionKeys(trx, user, [deviceId])
  return { isNew: true, hasOldKeys }
}

const identityOf = (keys: string): string => canonicalJson((JSON.parse(keys) as JsonObject)['keys'] ?? null)

/**
 * Adds the one-time keys that are new. A client that did not hear our answer uploads the same keys again, maybe after
 * some of them were issued: those stay issued. A name that was issued long ago, or with another key, is as good as new.
 */
async function addOneTimeKeys(trx: Transaction, { user, deviceId }: Device, keys: readonly NewKey[], now: number): Promise<boolean> {
  await deleteKeysClaimedBefore(trx, user, deviceId, now - REMEMBER_CLAIMED_MS)
  const rows = await listNamedOneTimeKeys(trx, user, deviceId, keys)
  const stored = new Map(rows.map((row) => [`${row.algorithm}:${row.key_id}`, row]))
  const fresh: NewKey[] = []
  const replaced: number[] = []
  for (const key of keys) {
    const name = `${key.algorithm}:${key.keyId}`
    const known = stored.get(name)
    if (known?.key === key.key) continue
    if (known !== undefined && known.claimed_at === null) {
      throw new MatrixError('M_UNKNOWN', `One time key ${name} already exists. Its content is not the one that was uploaded now.`)
    }
    if (known !== undefined) replaced.push(known.id)
    fresh.push(key)
  }
  if (replaced.length > 0) await deleteOneTimeKeys(trx, replaced)
  if (fresh.length > 0) await insertOneTimeKeys(trx, user, deviceId, fresh)
  return fresh.length > 0
}
