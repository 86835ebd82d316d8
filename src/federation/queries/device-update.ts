import type { UserKeys } from '../../encryption/user-keys.ts'
import { canonicalJson } from '../../matrix/canonical-json.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import { readCrossKey, readDevice } from './told-keys.ts'

/** What a server tells of one user: of a device, or of the cross-signing keys. */
export type DeviceUpdate =
  | {
    readonly kind: 'device', readonly deviceId: string, readonly streamId: number, readonly previous: readonly number[]
    /** Undefined for a device that is gone, or has no keys. */
    readonly device: UserKeys['devices'][string] | undefined
  }
  | { readonly kind: 'signing', readonly keys: Pick<UserKeys, 'master' | 'selfSigning'> }
  /** Nobody can tell what it says. */
  | { readonly kind: 'unclear' }

const UNCLEAR: DeviceUpdate = { kind: 'unclear' }
const DEVICE_ID_LENGTH_MAX = 512
const DEVICES_MAX = 1_000

/** `m.device_list_update` (Server-Server API, Device Management). */
export function readDeviceUpdate(userId: string, content: JsonObject): DeviceUpdate {
  const [deviceId, streamId] = [ownValue(content, 'device_id'), ownValue(content, 'stream_id')]
  const previous = ownValue(content, 'prev_id') ?? []
  const isClear = typeof deviceId === 'string' && deviceId.length <= DEVICE_ID_LENGTH_MAX && isNumber(streamId)
    && Array.isArray(previous) && previous.every(isNumber)
  if (!isClear) return UNCLEAR
  const keys = ownValue(content, 'keys')
  const told = { kind: 'device' as const, deviceId, streamId, previous }
  if (ownValue(content, 'deleted') === true || keys === undefined) return { ...told, device: undefined }
  const device = readDevice(keys, userId, deviceId)
  const name = ownValue(content, 'device_display_name')
  if (device === undefined) return UNCLEAR
  return { ...told, device: typeof name === 'string' ? { ...device, unsigned: { device_display_name: name } } : device }
}

/** `m.signing_key_update` (Server-Server API, End-to-End Encryption). */
export function readSigningUpdate(userId: string, content: JsonObject): DeviceUpdate {
  const [master, selfSigning] = ['master_key', 'self_signing_key'].map((name) => {
    const key = ownValue(content, name)
    return isJsonObject(key) ? readCrossKey(key, userId) ?? 'unclear' : undefined
  })
  if (master === 'unclear' || selfSigning === 'unclear') return UNCLEAR
  return { kind: 'signing', keys: { ...(master === undefined ? {} : { master }), ...(selfSigning === undefined ? {} : { selfSigning }) } }
}

/**
 * The keys with the update, and the number of the last update that is in them; undefined where an update before it is missing,
 * and only the whole list helps.
 */
export function applyUpdate(
  keys: UserKeys, streamId: number | null, update: DeviceUpdate,
): { readonly keys: UserKeys, readonly streamId: number | null } | undefined {
  if (update.kind === 'unclear') return undefined
  if (update.kind === 'signing') return { keys: { ...keys, ...update.keys }, streamId }
  // One that follows on none begins a sequence: who knows the user may have missed the end of another.
  if (update.previous.length === 0 || update.previous.some((previous) => previous !== streamId)) return undefined
  const { deviceId, device } = update
  const others = Object.entries(keys.devices).filter(([known]) => known !== deviceId)
  if (others.length >= DEVICES_MAX) return undefined
  const devices = Object.fromEntries(device === undefined ? others : [...others, [deviceId, device]])
  return { keys: { ...keys, devices }, streamId: update.streamId }
}

/** Whether the list has the number of the update already, and the device as it says. */
export function isContained(keys: UserKeys, streamId: number | null, update: DeviceUpdate): boolean {
  if (update.kind !== 'device' || update.streamId !== streamId) return false
  const { deviceId, device } = update
  const known = Object.hasOwn(keys.devices, deviceId) ? keys.devices[deviceId] : undefined
  return textOf(known) === textOf(device)
}

const textOf = (device: UserKeys['devices'][string] | undefined): string => canonicalJson((device ?? null) as unknown as JsonValue)

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}
