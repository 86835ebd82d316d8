import { forbidden, invalidParam, MatrixError, notFound } from '../matrix/errors.ts'
import { isDeviceId } from '../matrix/ids.ts'
import type { JsonObject, JsonValue } from '../matrix/json.ts'
import type { Db, Transaction } from '../store/database.ts'
import {
  findDehydratedDevice, insertDehydratedDevice, lockDehydratedDevice, type DehydratedDevice,
} from '../store/encryption/dehydrated-devices.ts'
import { deleteDeviceKeys, setDeviceKeys } from '../store/encryption/device-keys.ts'
import { insertDeviceChanges } from '../store/encryption/device-lists.ts'
import { setFallbackKeys } from '../store/encryption/fallback-keys.ts'
import { insertOneTimeKeys } from '../store/encryption/one-time-keys.ts'
import { deleteDevices, deleteInboxes } from '../store/users/devices.ts'
import type { Change } from '../streams/changes.ts'
import { unchanged, type Stream } from '../streams/stream.ts'
import { checkNotCrossSigningKey } from '../users/sessions.ts'
import type { Clock } from '../util/clock.ts'
import { formatDeviceKeys, parseFallbackKeys, parseKeys } from './key-format.ts'
import type { ToDevice } from './to-device.ts'
import type { KeyOwner } from './upload-cross-signing.ts'

export interface DehydratedUpload {
  readonly device_id: string
  /** Encrypted by the client. */
  readonly device_data: JsonObject
  readonly device_keys: JsonObject
  readonly one_time_keys?: Readonly<Record<string, JsonValue>>
  readonly fallback_keys?: Readonly<Record<string, JsonValue>>
  readonly initial_device_display_name?: string
}

export interface DehydratedEvents {
  readonly events: readonly string[]
  /** Where to read on. */
  readonly next: string
  /** Whether there was more than this. */
  readonly isMore: boolean
}

interface Parts {
  readonly db: Db
  readonly stream: Stream
  readonly clock: Clock
  readonly toDevice: ToDevice
  readonly epoch: number
}

const DATA_BYTES_MAX = 262_144
const KEYS_MAX = 1000
const NAME_LENGTH_MAX = 100
const TOKEN = /^d(\d{1,9})_(\d{1,15})$/

/**
 * Devices that are kept here for users who may have no other: others send to them as to any, and a later device of the user
 * takes in what came (MSC3814, Dehydrated devices with SSSS). A user has one at most.
 */
export class DehydratedDevices {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Errors: M_NOT_FOUND. */
  async get(user: number): Promise<{ readonly device_id: string, readonly device_data: JsonObject }> {
    const device = await findDehydratedDevice(this.#parts.db, user)
    if (device === undefined) throw notAny()
    return { device_id: device.device_id, device_data: JSON.parse(device.device_data) as JsonObject }
  }

  /**
   * Puts a device in the place of the one that the user had, with all of its keys. Errors: M_INVALID_PARAM for a name that
   * none can have or that another device has, M_FORBIDDEN for that of a cross-signing key, M_BAD_JSON for keys of another
   * device, M_TOO_LARGE.
   */
  async put({ user, userId }: KeyOwner, upload: DehydratedUpload): Promise<void> {
    const { stream, clock } = this.#parts
    const { device_id: deviceId } = upload
    if (!isDeviceId(deviceId)) throw invalidParam('A device id has 1 to 512 characters.')
    const deviceData = JSON.stringify(upload.device_data)
    if (Buffer.byteLength(deviceData) > DATA_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', 'The data of the device is too large.')
    const deviceKeys = formatDeviceKeys(upload.device_keys, { userId, deviceId })
    const oneTimeKeys = parseKeys(upload.one_time_keys ?? {})
    if (oneTimeKeys.length > KEYS_MAX) throw invalidParam(`A device can have at most ${KEYS_MAX} one-time keys.`)
    const fallbackKeys = parseFallbackKeys(upload.fallback_keys ?? {})
    const displayName = upload.initial_device_display_name?.slice(0, NAME_LENGTH_MAX).toWellFormed().replaceAll('\0', '') ?? null
    await stream.transact(async (trx) => {
      const old = await lockDehydratedDevice(trx, user)
      const now = clock.now()
      if (old !== undefined) await remove(trx, user, old, now)
      await checkNotCrossSigningKey(trx, userId, deviceId)
      const device = { device_id: deviceId, device_data: deviceData, displayName, now }
      if (!await insertDehydratedDevice(trx, user, device)) throw invalidParam('Another device of yours has that name.')
      await setDeviceKeys(trx, user, deviceId, deviceKeys)
      if (oneTimeKeys.length > 0) await insertOneTimeKeys(trx, user, deviceId, oneTimeKeys)
      if (fallbackKeys.length > 0) await setFallbackKeys(trx, user, deviceId, fallbackKeys)
      return tell(user, { gone: old?.device_id, made: deviceId }, undefined)
    })
  }

  /** Returns the id that the device had. Errors: M_NOT_FOUND. */
  async delete(user: number): Promise<string> {
    const deleted = await this.#parts.stream.transact(async (trx) => {
      const old = await lockDehydratedDevice(trx, user)
      if (old === undefined) return unchanged(undefined)
      await remove(trx, user, old, this.#parts.clock.now())
      return tell(user, { gone: old.device_id, made: undefined }, old.device_id)
    })
    if (deleted === undefined) throw notAny()
    return deleted
  }

  /**
   * A page of what was sent to the device. It stays, since who reads it may not come to keep what is in it: it goes with the
   * device. Errors: M_FORBIDDEN for another device, M_INVALID_PARAM for a token that is none.
   */
  async listEvents(user: number, deviceId: string, { from, limit }: { from?: string, limit?: number }): Promise<DehydratedEvents> {
    const { db, stream, toDevice, epoch } = this.#parts
    const device = await findDehydratedDevice(db, user)
    if (device?.device_id !== deviceId) throw forbidden('That is no dehydrated device of yours.')
    const head = stream.head()
    const { events, next } = await toDevice.read(user, deviceId, from === undefined ? 0 : positionOf(from, epoch), head, limit)
    return { events, next: `d${epoch}_${next}`, isMore: next < head }
  }
}

/** What came before a restore is counted anew. */
function positionOf(text: string, epoch: number): number {
  const [whole, ofEpoch, pos] = TOKEN.exec(text) ?? []
  if (whole === undefined) throw invalidParam('The token is none of these messages.')
  return Number(ofEpoch) === epoch ? Number(pos) : 0
}

async function remove(trx: Transaction, user: number, { device_id: deviceId }: DehydratedDevice, now: number): Promise<void> {
  await deleteDevices(trx, user, [deviceId], now)
  await deleteDeviceKeys(trx, user, [deviceId])
}

function tell<T>(user: number, { gone, made }: { readonly gone: string | undefined, readonly made: string | undefined }, value: T) {
  const deviceIds = [...new Set([gone, made].filter((deviceId) => deviceId !== undefined))]
  return {
    value,
    positions: deviceIds.length,
    async write(writing: Transaction, first: number): Promise<Change[]> {
      if (gone !== undefined) await deleteInboxes(writing, user, [gone])
      await insertDeviceChanges(writing, user, deviceIds, first)
      return deviceIds.map((_, index) => ({ kind: 'device-list', user, pos: first + index }))
    },
  }
}

const notAny = (): MatrixError => notFound('There is no dehydrated device.')
