import type { DeviceInformation, UserKeys } from '../../encryption/user-keys.ts'
import { isJsonObject, objectAt, ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import type { CrossSigningKey } from '../../spec/types.ts'

/** Of an answer about keys what it says of a user. Devices and keys that say of themselves that they are another's are left out. */
export function readKeys(answer: JsonObject, userId: string): UserKeys {
  const devices = Object.entries(objectAt(objectAt(answer, 'device_keys'), userId)).flatMap(([deviceId, keys]) => (
    readDevice(keys, userId, deviceId) ?? []
  ))
  const master = readCrossKey(ownValue(objectAt(answer, 'master_keys'), userId), userId)
  const selfSigning = readCrossKey(ownValue(objectAt(answer, 'self_signing_keys'), userId), userId)
  return {
    devices: Object.fromEntries(devices.map((device) => [device.device_id, device])),
    ...(master === undefined ? {} : { master }),
    ...(selfSigning === undefined ? {} : { selfSigning }),
  }
}

export function readDevice(keys: JsonValue | undefined, userId: string, deviceId: string): DeviceInformation | undefined {
  const isTheirs = isJsonObject(keys) && ownValue(keys, 'user_id') === userId && ownValue(keys, 'device_id') === deviceId
  return isTheirs && isJsonObject(ownValue(keys, 'keys')) ? keys as unknown as DeviceInformation : undefined
}

export function readCrossKey(key: JsonValue | undefined, userId: string): CrossSigningKey | undefined {
  const isTheirs = isJsonObject(key) && ownValue(key, 'user_id') === userId && isJsonObject(ownValue(key, 'keys'))
  return isTheirs ? key as unknown as CrossSigningKey : undefined
}

/** All that a server tells of the devices of a user, and up to which update; undefined where it is about somebody else. */
export function readServedDevices(
  answer: JsonObject, userId: string,
): { readonly keys: UserKeys, readonly streamId: number | undefined } | undefined {
  const [devices, streamId] = [ownValue(answer, 'devices'), ownValue(answer, 'stream_id')]
  if (ownValue(answer, 'user_id') !== userId || !Array.isArray(devices)) return undefined
  const read = devices.filter(isJsonObject).flatMap((device): DeviceInformation[] => {
    const [deviceId, name] = [ownValue(device, 'device_id'), ownValue(device, 'device_display_name')]
    const keys = typeof deviceId === 'string' ? readDevice(ownValue(device, 'keys'), userId, deviceId) : undefined
    if (keys === undefined) return []
    return [typeof name === 'string' ? { ...keys, unsigned: { device_display_name: name } } : keys]
  })
  const [master, selfSigning] = ['master_key', 'self_signing_key'].map((name) => readCrossKey(ownValue(answer, name), userId))
  return {
    streamId: typeof streamId === 'number' && Number.isSafeInteger(streamId) ? streamId : undefined,
    keys: {
      devices: Object.fromEntries(read.map((device) => [device.device_id, device])),
      ...(master === undefined ? {} : { master }),
      ...(selfSigning === undefined ? {} : { selfSigning }),
    },
  }
}
