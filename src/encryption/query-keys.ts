import type { CrossSigningKey } from '../spec/types.ts'
import type { Db } from '../store/database.ts'
import { partByServer } from './by-server.ts'
import { askServers, remoteTimeoutMs, type Failure, type RemoteKeys } from './remote-keys.ts'
import { readUserKeys, withSignaturesBy, type UserKeys } from './user-keys.ts'

export interface KeysQuery {
  /** By user id; an empty list of device ids means all. */
  readonly device_keys: Readonly<Record<string, readonly string[]>>
  readonly timeout?: number
}

type ByUser<T> = Readonly<Record<string, T>>

export interface KeysAnswer {
  readonly device_keys: ByUser<UserKeys['devices']>
  readonly master_keys: ByUser<CrossSigningKey>
  readonly self_signing_keys: ByUser<CrossSigningKey>
  readonly user_signing_keys: ByUser<CrossSigningKey>
  readonly failures: Readonly<Record<string, Failure>>
}

/**
 * The keys of users and their devices, as a user may see them (Client-Server API, POST /keys/query). Each user of this
 * server is in the answer, so that nobody can tell an account from none; servers that cannot be reached are in `failures`.
 */
export async function queryKeys(
  { db, remoteKeys, serverName }: { readonly db: Db, readonly remoteKeys: RemoteKeys, readonly serverName: string },
  reader: string, query: KeysQuery,
): Promise<KeysAnswer> {
  const { ours, byServer } = partByServer(query.device_keys, serverName)
  const timeoutMs = remoteTimeoutMs(query.timeout)
  const [local, remote] = await Promise.all([
    readUserKeys(db, new Map(ours), reader),
    askServers(byServer, (server, wishes) => remoteKeys.query(server, wishes, timeoutMs)),
  ])
  const users = [...local, ...await withSignaturesBy(db, reader, remote.answers)]
  return {
    device_keys: pickPart(users, 'devices'),
    master_keys: pickPart(users, 'master'),
    self_signing_keys: pickPart(users, 'selfSigning'),
    user_signing_keys: pickPart(local, 'userSigning'),
    failures: Object.fromEntries(remote.failures),
  }
}

/** One part of what there is of each user, where there is any. */
export function pickPart<Part extends keyof UserKeys>(
  users: readonly (readonly [userId: string, keys: UserKeys])[], part: Part,
): ByUser<NonNullable<UserKeys[Part]>> {
  return Object.fromEntries(users.flatMap(([userId, { [part]: value }]) => value === undefined ? [] : [[userId, value]]))
}
