import { readSharedKeys, type DeviceNamesConfig } from '../../encryption/keys-for-servers.ts'
import type { Db } from '../../store/database.ts'
import { listToldDeviceChanges } from '../../store/encryption/device-lists.ts'
import { Follower } from '../../streams/follower.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { ServersOfUsers } from '../sending/servers-of-users.ts'
import { composeUpdates, queueEdus } from './device-list-edus.ts'

export interface DeviceListSenderParts {
  readonly db: Db
  readonly stream: Stream
  readonly clock: Clock
  readonly log: Log
  readonly serverName: string
  readonly config: DeviceNamesConfig
  readonly serversOfUsers: Pick<ServersOfUsers, 'list'>
}

/**
 * Tells the servers that share a room with a user of ours that the user's devices or keys changed (Server-Server API, Device
 * Management). The numbers of the updates are the positions of the changes: who misses one asks for the whole list.
 */
export class DeviceListSender {
  readonly #parts: DeviceListSenderParts
  readonly follower: Follower

  constructor(parts: DeviceListSenderParts) {
    this.#parts = parts
    this.follower = new Follower({
      ...parts,
      name: 'device lists',
      concerns: (change) => change.kind === 'device-list' && change.onlyUser === undefined,
      work: (after, upTo) => this.#tell(after, upTo),
    })
  }

  async #tell(after: number, upTo: number): Promise<void> {
    const { db, stream, serverName, serversOfUsers } = this.#parts
    const changes = await listToldDeviceChanges(db, serverName, { after, upTo })
    const servers = new Map<number, ReadonlySet<string>>()
    for (const { user_nid: user } of changes) if (!servers.has(user)) servers.set(user, await serversOfUsers.list(user))
    const told = changes.filter(({ user_nid: user }) => (servers.get(user)?.size ?? 0) > 0)
    if (told.length === 0) return
    const keys = new Map(await readSharedKeys(this.#parts, new Map(told.map(({ user_id: userId }) => [userId, []]))))
    const edus = told.flatMap((change) => {
      const composed = composeUpdates(change, keys.get(change.user_id) ?? { devices: {} })
      return composed.map((edu) => ({ edu, servers: servers.get(change.user_nid) ?? new Set<string>() }))
    })
    await queueEdus(stream, edus)
  }
}
