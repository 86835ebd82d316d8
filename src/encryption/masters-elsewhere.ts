import type { JsonObject } from '../matrix/json.ts'
import type { CrossSigningKey as WireKey } from '../spec/types.ts'
import type { Names } from '../store/names.ts'
import { partByServer } from './by-server.ts'
import { readCrossSigningKey, type CrossSigningKey } from './cross-signing-key.ts'
import { askServers, remoteTimeoutMs, type RemoteKeys } from './remote-keys.ts'

export interface MastersElsewhereParts {
  readonly names: Pick<Names, 'internUsers'>
  readonly remoteKeys: RemoteKeys
  readonly serverName: string
}

/** The master key of a user. */
export interface Master {
  readonly user: number
  readonly crossKey: CrossSigningKey
}

/** The master keys of those among the users who are of other servers, as these tell them now. */
export async function askForMasters(
  { names, remoteKeys, serverName }: MastersElsewhereParts, userIds: readonly string[],
): Promise<Map<string, Master>> {
  const { byServer } = partByServer(Object.fromEntries(userIds.map((userId) => [userId, []])), serverName)
  if (byServer.size === 0) return new Map()
  const { answers } = await askServers(byServer, (server, wishes) => (
    remoteKeys.query(server, wishes, remoteTimeoutMs(undefined))
  ))
  const found = answers.flatMap(([userId, { master }]): [string, CrossSigningKey][] => {
    const crossKey = master === undefined ? undefined : readMaster(master, userId)
    return crossKey === undefined ? [] : [[userId, crossKey]]
  })
  const numbers = await names.internUsers(found.map(([userId]) => userId))
  return new Map(found.flatMap(([userId, crossKey]): [string, Master][] => {
    const user = numbers.get(userId)
    return user === undefined ? [] : [[userId, { user, crossKey }]]
  }))
}

/** What another server gives out as a master key need not be one. */
function readMaster(key: WireKey, userId: string): CrossSigningKey | undefined {
  try {
    return readCrossSigningKey(key as unknown as JsonObject, 'master', userId)
  } catch {
    return undefined
  }
}
