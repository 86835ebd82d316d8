import { isJsonObject, objectAt, ownValue, type JsonObject } from '../../matrix/json.ts'
import type { UserKeys } from '../../encryption/user-keys.ts'
import type { ByDevice, RemoteAnswer, RemoteKeys } from '../../encryption/remote-keys.ts'
import type { RemoteOutcome } from '../../remote/outcome.ts'
import { federationPath } from '../../remote/path.ts'
import type { OneTimeKeys } from '../../spec/types.ts'
import type { PatientRequests } from './patient-requests.ts'
import { readKeys } from './told-keys.ts'

const SIZE_BYTES_MAX = 16 * 1024 * 1024
const BAD_GATEWAY = 502
const UNREACHABLE = 503

/** Asks other servers for the keys of their users (Server-Server API, End-to-End Encryption). */
export class RemoteKeysByRequests implements RemoteKeys {
  readonly #requests: Pick<PatientRequests, 'post'>

  constructor(requests: Pick<PatientRequests, 'post'>) {
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
