import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import type { DeviceInformation, UserKeys } from '../../encryption/user-keys.ts'
import type { ByDevice, RemoteAnswer, RemoteKeys } from '../../encryption/remote-keys.ts'
import type { RemoteOutcome } from '../../remote/outcome.ts'
import { federationPath } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { CrossSigningKey, OneTimeKeys } from '../../spec/types.ts'

const SIZE_BYTES_MAX = 16 * 1024 * 1024
const BAD_GATEWAY = 502
const UNREACHABLE = 503

/** Asks other servers for the keys of their users (Server-Server API, End-to-End Encryption). */
export class RemoteKeysByRequests implements RemoteKeys {
  readonly #requests: Pick<SignedRequests, 'post'>

  constructor(requests: Pick<SignedRequests, 'post'>) {
    this.#requests = requests
  }

  async query(
    server: string, deviceKeys: Readonly<Record<string, readonly string[]>>, timeoutMs: number,
  ): Promise<RemoteAnswer<Readonly<Record<string, UserKeys>>>> {
    const answer = await this.#ask(server, 'query', { device_keys: deviceKeys }, timeoutMs)
    if (!answer.ok) return failureOf(answer)
    const users = Object.keys(deviceKeys).map((userId) => [userId, readKeys(answer.value, userId)] as const)
    return { ok: true, value: Object.fromEntries(users) }
  }

  async claim(server: string, oneTimeKeys: ByDevice<string>, timeoutMs: number): Promise<RemoteAnswer<ByDevice<OneTimeKeys>>> {
    const answer = await this.#ask(server, 'claim', { one_time_keys: oneTimeKeys }, timeoutMs)
    if (!answer.ok) return failureOf(answer)
    const claimed = objectAt(answer.value, 'one_time_keys')
    const users = Object.entries(oneTimeKeys).map(([userId, devices]) => {
      const given = objectAt(claimed, userId)
      // Of a device there is what was asked for and nothing else.
      const keys = Object.keys(devices).flatMap((deviceId) => {
        const key = ownValue(given, deviceId)
        return isJsonObject(key) ? [[deviceId, key as OneTimeKeys] as const] : []
      })
      return [userId, Object.fromEntries(keys)] as const
    })
    return { ok: true, value: Object.fromEntries(users.filter(([, keys]) => Object.keys(keys).length > 0)) }
  }

  #ask(server: string, what: string, body: JsonObject, timeoutMs: number): Promise<RemoteOutcome<JsonObject>> {
    return this.#requests.post(server, federationPath('v1', 'user', 'keys', what), body, { timeoutMs, sizeBytesMax: SIZE_BYTES_MAX })
  }
}

function failureOf(failure: Exclude<RemoteOutcome<JsonObject>, { ok: true }>): { ok: false, status: number, message: string } {
  return { ok: false, status: failure.reason === 'answered' ? BAD_GATEWAY : UNREACHABLE, message: failure.message }
}

/** Devices and keys that say of themselves that they are another's are left out. */
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

function readDevice(keys: JsonValue, userId: string, deviceId: string): DeviceInformation | undefined {
  const isTheirs = isJsonObject(keys) && ownValue(keys, 'user_id') === userId && ownValue(keys, 'device_id') === deviceId
  return isTheirs && isJsonObject(ownValue(keys, 'keys')) ? keys as unknown as DeviceInformation : undefined
}

function readCrossKey(key: JsonValue | undefined, userId: string): CrossSigningKey | undefined {
  const isTheirs = isJsonObject(key) && ownValue(key, 'user_id') === userId && isJsonObject(ownValue(key, 'keys'))
  return isTheirs ? key as unknown as CrossSigningKey : undefined
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = ownValue(object, key)
  return isJsonObject(value) ? value : {}
}
