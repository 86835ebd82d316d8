import type { OneTimeKeys } from '../spec/types.ts'
import type { Transaction } from '../store/database.ts'
import { listFallbackKeys, markFallbackKeysUsed } from '../store/encryption/fallback-keys.ts'
import { claimOneTimeKeys, type ClaimedKey, type KeyWanted } from '../store/encryption/one-time-keys.ts'
import type { Change } from '../streams/changes.ts'
import type { Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import { partByServer, type Wishes } from './by-server.ts'
import { isStorable } from './key-format.ts'
import { askServers, remoteTimeoutMs, type ByDevice, type Failure, type RemoteKeys } from './remote-keys.ts'

export interface KeysClaim {
  /** The algorithm, by user id and device id. */
  readonly one_time_keys: ByDevice<string>
  readonly timeout?: number
}

export interface ClaimAnswer {
  readonly one_time_keys: ByDevice<OneTimeKeys>
  readonly failures: Readonly<Record<string, Failure>>
}

export interface ClaimParts {
  readonly stream: Stream
  readonly clock: Clock
}

/**
 * Takes one key for each device (Client-Server API, POST /keys/claim): the one-time key that was uploaded first, or the
 * fallback key when there is none. What has no key is left out; servers that cannot be reached are in `failures`.
 */
export async function claimKeys(
  { remoteKeys, serverName, ...parts }: ClaimParts & { readonly remoteKeys: RemoteKeys, readonly serverName: string },
  claim: KeysClaim,
): Promise<ClaimAnswer> {
  const { ours, byServer } = partByServer(claim.one_time_keys, serverName)
  const timeoutMs = remoteTimeoutMs(claim.timeout)
  const [local, remote] = await Promise.all([
    claimLocalKeys(parts, ours),
    askServers(byServer, (server, wishes) => remoteKeys.claim(server, wishes, timeoutMs)),
  ])
  return { one_time_keys: Object.fromEntries([...local, ...remote.answers]), failures: Object.fromEntries(remote.failures) }
}

/** The same for users of this server only. Each key that is issued was issued to nobody before, fallback keys apart. */
export async function claimLocalKeys(
  { stream, clock }: ClaimParts, wishes: Wishes<Readonly<Record<string, string>>>,
): Promise<(readonly [userId: string, devices: Readonly<Record<string, OneTimeKeys>>])[]> {
  const wanted = wishes.flatMap(([userId, devices]) => (
    Object.entries(devices).map(([deviceId, algorithm]) => ({ userId, deviceId, algorithm }))
  )).filter(({ deviceId, algorithm }) => isStorable(deviceId) && isStorable(algorithm))
  if (wanted.length === 0) return []
  const claimed = await stream.transact(async (trx) => {
    const oneTimeKeys = await claimOneTimeKeys(trx, wanted, clock.now())
    const fallbackKeys = oneTimeKeys.length === wanted.length ? [] : await useFallbackKeys(trx, wanted, oneTimeKeys)
    const touched = [...oneTimeKeys, ...fallbackKeys.filter((key) => !key.used)]
    return {
      value: [...oneTimeKeys, ...fallbackKeys],
      positions: touched.length > 0 ? 1 : 0,
      write: (_: Transaction, pos: number): Promise<Change[]> => Promise.resolve(
        touched.map((key) => ({ kind: 'key-counts', user: key.user_nid, deviceId: key.device_id, pos })),
      ),
    }
  })
  return byUser(claimed)
}

async function useFallbackKeys(
  trx: Transaction, wanted: readonly KeyWanted[], claimed: readonly ClaimedKey[],
): Promise<(ClaimedKey & { used: boolean })[]> {
  const fulfilled = new Set(claimed.map((key) => nameOf(key.user_id, key.device_id)))
  const keys = await listFallbackKeys(trx, wanted.filter(({ userId, deviceId }) => !fulfilled.has(nameOf(userId, deviceId))))
  const unused = keys.filter((key) => !key.used)
  if (unused.length > 0) await markFallbackKeysUsed(trx, unused)
  return keys
}

function byUser(claimed: readonly ClaimedKey[]): (readonly [string, Readonly<Record<string, OneTimeKeys>>])[] {
  const users = new Map<string, [string, OneTimeKeys][]>()
  for (const { user_id: userId, device_id: deviceId, algorithm, key_id: keyId, key } of claimed) {
    const devices = users.get(userId) ?? []
    users.set(userId, devices)
    devices.push([deviceId, Object.fromEntries([[`${algorithm}:${keyId}`, JSON.parse(key) as OneTimeKeys[string]]])])
  }
  return [...users].map(([userId, devices]) => [userId, Object.fromEntries(devices)])
}

const nameOf = (userId: string, deviceId: string): string => `${userId}\0${deviceId}`
