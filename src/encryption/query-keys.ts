import type { DeviceKeys } from '../spec/types.ts'
import type { Db } from '../store/database.ts'
import { listDeviceKeys } from '../store/device-keys.ts'
import { partByServer } from './by-server.ts'
import { askServers, remoteTimeoutMs, type Failure, type RemoteKeys } from './remote-keys.ts'

export interface KeysQuery {
  /** By user id; an empty list of device ids means all. */
  readonly device_keys: Readonly<Record<string, readonly string[]>>
  readonly timeout?: number
}

type DeviceInformation = DeviceKeys & { readonly unsigned?: { readonly device_display_name?: string } }

export interface KeysAnswer {
  readonly device_keys: Readonly<Record<string, Readonly<Record<string, DeviceInformation>>>>
  readonly failures: Readonly<Record<string, Failure>>
}

/**
 * The identity keys of users' devices (Client-Server API, POST /keys/query). Each user of this server is in the answer,
 * so that nobody can tell an account from none; servers that cannot be reached are in `failures`.
 */
export async function queryKeys(
  { db, remoteKeys, serverName }: { readonly db: Db, readonly remoteKeys: RemoteKeys, readonly serverName: string },
  query: KeysQuery,
): Promise<KeysAnswer> {
  const { ours, byServer } = partByServer(query.device_keys, serverName)
  const timeoutMs = remoteTimeoutMs(query.timeout)
  const [local, remote] = await Promise.all([
    queryLocalKeys(db, new Map(ours)),
    askServers(byServer, (server, wishes) => remoteKeys.query(server, wishes, timeoutMs)),
  ])
  return { device_keys: Object.fromEntries([...local, ...remote.answers]), failures: Object.fromEntries(remote.failures) }
}

/** The identity keys of users of this server, by user id and device id. An empty list of device ids means all. */
export async function queryLocalKeys(
  db: Db, wanted: ReadonlyMap<string, readonly string[]>,
): Promise<(readonly [userId: string, devices: Readonly<Record<string, DeviceInformation>>])[]> {
  const found = new Map([...wanted].map(([userId, deviceIds]) => (
    [userId, { only: deviceIds.length === 0 ? undefined : new Set(deviceIds), devices: [] as [string, DeviceInformation][] }]
  )))
  if (found.size > 0) {
    for (const row of await listDeviceKeys(db, [...found.keys()])) {
      const user = found.get(row.user_id)
      if (user === undefined || (user.only !== undefined && !user.only.has(row.device_id))) continue
      const keys = JSON.parse(row.keys) as DeviceKeys
      const unsigned = row.display_name === null ? {} : { device_display_name: row.display_name }
      user.devices.push([row.device_id, { ...keys, unsigned }])
    }
  }
  return [...found].map(([userId, { devices }]) => [userId, Object.fromEntries(devices)])
}
