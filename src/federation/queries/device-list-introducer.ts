import { readSharedKeys } from '../../encryption/keys-for-servers.ts'
import { listDeviceListStandings } from '../../store/encryption/device-lists.ts'
import { listOwnJoins } from '../../store/rooms/shared-rooms.ts'
import { Follower } from '../../streams/follower.ts'
import type { ServersOfUsers } from '../sending/servers-of-users.ts'
import { composeStanding, queueEdus } from './device-list-edus.ts'
import type { DeviceListSenderParts } from './device-list-sender.ts'

export interface DeviceListIntroducerParts extends Omit<DeviceListSenderParts, 'serversOfUsers'> {
  readonly serversOfUsers: Pick<ServersOfUsers, 'listMetIn'>
}

/**
 * When a user of ours joins a room, the servers there that were not told of the user's devices until now are told where the
 * list stands, for they may have an older one from a room that the user left (Server-Server API, Device Management).
 */
export class DeviceListIntroducer {
  readonly #parts: DeviceListIntroducerParts
  readonly follower: Follower

  constructor(parts: DeviceListIntroducerParts) {
    this.#parts = parts
    this.follower = new Follower({
      ...parts,
      name: 'devices of who joined',
      concerns: (change) => change.kind === 'membership',
      work: (after, upTo) => this.#introduce(after, upTo),
    })
  }

  async #introduce(after: number, upTo: number): Promise<void> {
    const { db, stream, serversOfUsers } = this.#parts
    const entered = Map.groupBy(await listOwnJoins(db, { after, upTo }), ({ user_nid: user }) => user)
    const met = new Map<number, ReadonlySet<string>>()
    for (const [user, joins] of entered) {
      const servers = await serversOfUsers.listMetIn(user, new Set(joins.map(({ room_nid: room }) => room)))
      if (servers.size > 0) met.set(user, servers)
    }
    if (met.size === 0) return
    const standings = await listDeviceListStandings(db, [...met.keys()])
    const keys = new Map(await readSharedKeys(this.#parts, new Map(standings.map(({ user_id: userId }) => [userId, []]))))
    await queueEdus(stream, standings.map((standing) => ({
      edu: composeStanding(standing, keys.get(standing.user_id) ?? { devices: {} }),
      servers: met.get(standing.user_nid) ?? new Set<string>(),
    })))
  }
}
