import { invalidParam, notFound, type MatrixError } from '../matrix/errors.ts'
import { parseUserId } from '../matrix/ids.ts'
import type { CrossSigningKey, DeviceKeys, OneTimeKeys } from '../spec/types.ts'
import type { Db } from '../store/database.ts'
import { findNewestDeviceListChange } from '../store/encryption/device-lists.ts'
import type { Names } from '../store/names.ts'
import { partByServer, type Wishes } from './by-server.ts'
import { claimLocalKeys, type ClaimParts } from './claim-keys.ts'
import { pickPart } from './query-keys.ts'
import type { ByDevice } from './remote-keys.ts'
import { readUserKeys, withoutNames, type UserKeys } from './user-keys.ts'

type ByUser<T> = Readonly<Record<string, T>>

/** All devices of a user that have keys, as of a number that grows with each change of them. */
export interface ServedDevices {
  readonly user_id: string
  readonly stream_id: number
  readonly devices: readonly { readonly device_id: string, readonly keys: DeviceKeys, readonly device_display_name?: string }[]
  readonly master_key?: CrossSigningKey
  readonly self_signing_key?: CrossSigningKey
}

export interface KeysForServersParts extends ClaimParts {
  readonly db: Db
  readonly names: Pick<Names, 'findUser'>
  readonly serverName: string
  readonly config: DeviceNamesConfig
}

/** Whether other servers are told the names of devices. */
export interface DeviceNamesConfig { readonly federation: { readonly shareDeviceNames: boolean } }

/** The keys of users of this server as other servers get to see them. An empty list of device ids means all. */
export async function readSharedKeys(
  { db, config }: { readonly db: Db, readonly config: DeviceNamesConfig }, wanted: ReadonlyMap<string, readonly string[]>,
): ReturnType<typeof readUserKeys> {
  const users = await readUserKeys(db, wanted)
  return config.federation.shareDeviceNames ? users : withoutNames(users)
}

/** Keys of users of this server, for the servers of who wants to write to them (Server-Server API, End-to-End Encryption). */
export class KeysForServers {
  readonly #parts: KeysForServersParts

  constructor(parts: KeysForServersParts) {
    this.#parts = parts
  }

  /** Throws M_INVALID_PARAM where users of other servers are among them: of those nobody is told here. */
  async query(deviceKeys: ByUser<readonly string[]>): Promise<{
    device_keys: ByUser<UserKeys['devices']>, master_keys: ByUser<CrossSigningKey>, self_signing_keys: ByUser<CrossSigningKey>,
  }> {
    const users = await readSharedKeys(this.#parts, new Map(oursOf(deviceKeys, this.#parts.serverName)))
    return {
      device_keys: pickPart(users, 'devices'),
      master_keys: pickPart(users, 'master'),
      self_signing_keys: pickPart(users, 'selfSigning'),
    }
  }

  /** Throws M_INVALID_PARAM where devices of users of other servers are among them. */
  async claim(oneTimeKeys: ByDevice<string>): Promise<{ one_time_keys: ByDevice<OneTimeKeys> }> {
    const ours = oursOf(oneTimeKeys, this.#parts.serverName)
    return { one_time_keys: Object.fromEntries(await claimLocalKeys(this.#parts, ours)) }
  }

  /** Throws M_INVALID_PARAM for who is of another server, M_NOT_FOUND for whom nobody knows. */
  async listDevices(userId: string): Promise<ServedDevices> {
    const { db, names, serverName } = this.#parts
    if (parseUserId(userId)?.serverName !== serverName) throw notOurs()
    const user = await names.findUser(userId)
    if (user === undefined) throw notFound('There is no such user here.')
    // The number first: devices that are newer than it are heard of once more, those that are older would be missed.
    const streamId = await findNewestDeviceListChange(db, user)
    const [[, keys] = ['', { devices: {} } satisfies UserKeys]] = await readSharedKeys(this.#parts, new Map([[userId, []]]))
    const { devices, master, selfSigning }: UserKeys = keys
    return {
      user_id: userId,
      stream_id: streamId,
      devices: Object.entries(devices).map(([deviceId, { unsigned, ...identity }]) => ({
        device_id: deviceId, keys: identity,
        ...(unsigned?.device_display_name === undefined ? {} : { device_display_name: unsigned.device_display_name }),
      })),
      ...(master === undefined ? {} : { master_key: master }),
      ...(selfSigning === undefined ? {} : { self_signing_key: selfSigning }),
    }
  }
}

function oursOf<Wish>(wishes: ByUser<Wish>, serverName: string): Wishes<Wish> {
  const { ours, byServer } = partByServer(wishes, serverName)
  if (byServer.size > 0) throw notOurs()
  return ours
}

function notOurs(): MatrixError {
  return invalidParam('That is no user of this server.')
}
