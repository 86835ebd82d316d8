import { canonicalJson } from '../matrix/canonical-json.ts'
import { MatrixError, invalidParam } from '../matrix/errors.ts'
import { fits255Bytes } from '../matrix/ids.ts'
import type { JsonObject, JsonValue } from '../matrix/json.ts'
import type { NewKey } from '../store/encryption/one-time-keys.ts'

const KEY_BYTES_MAX = 16_384
const DEVICE_KEYS_BYTES_MAX = 65_536

/**
 * The identity keys of a device in the form in which they are stored.
 * They must be of the device that uploads them (Client-Server API, POST /keys/upload): 400 M_BAD_JSON otherwise.
 * `unsigned` is the servers' to add, so what a client says there is left out.
 */
export function formatDeviceKeys(keys: JsonObject, owner: { readonly userId: string, readonly deviceId: string }): string {
  if (keys['user_id'] !== owner.userId) throw new MatrixError('M_BAD_JSON', 'The device keys name another user.')
  if (keys['device_id'] !== owner.deviceId) throw new MatrixError('M_BAD_JSON', 'The device keys name another device.')
  const { unsigned, ...signed } = keys
  const text = canonicalJson(signed)
  if (Buffer.byteLength(text) > DEVICE_KEYS_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', 'The device keys are too large.')
  return text
}

/**
 * One-time or fallback keys in the order in which they were given. Their names have the form `<algorithm>:<key id>`
 * (Client-Server API, Key algorithms): 400 M_INVALID_PARAM otherwise.
 */
export function parseKeys(keys: Readonly<Record<string, JsonValue>>): NewKey[] {
  return Object.entries(keys).map(([name, key]) => {
    const { algorithm, keyId } = parseKeyName(name)
    const text = canonicalJson(key)
    if (Buffer.byteLength(text) > KEY_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', `The key ${name} is too large.`)
    return { algorithm, keyId, key: text }
  })
}

/** The same for fallback keys, of which a device has one for each algorithm. */
export function parseFallbackKeys(keys: Readonly<Record<string, JsonValue>>): NewKey[] {
  const parsed = parseKeys(keys)
  if (new Set(parsed.map((key) => key.algorithm)).size < parsed.length) {
    throw invalidParam('There can be only one fallback key of each algorithm.')
  }
  return parsed
}

function parseKeyName(name: string): { algorithm: string, keyId: string } {
  const colon = name.indexOf(':')
  if (colon < 1 || colon === name.length - 1 || name.includes('\0') || !fits255Bytes(name)) {
    throw invalidParam('The names of keys must have the form <algorithm>:<key id>.')
  }
  return { algorithm: name.slice(0, colon), keyId: name.slice(colon + 1) }
}

/** Whether PostgreSQL can hold the name at all: nothing that we have stored has another. */
export function isStorable(name: string): boolean {
  return !name.includes('\0')
}
