import type { FederationPolicy } from '../../remote/policy.ts'
import type { Room } from '../../rooms/room.ts'
import type { AssumedServers } from './assumed-servers.ts'

export interface ReachableServersParts {
  readonly federationPolicy: FederationPolicy
  readonly assumedServers: AssumedServers
  readonly serverName: string
}

/** The other servers that are told what happens in a room. */
export class ReachableServers {
  readonly #parts: ReachableServersParts

  constructor(parts: ReachableServersParts) {
    this.#parts = parts
  }

  /** Whether any other server is in the room, or said to be. */
  hasOthers(room: Room): boolean {
    const { serverName, assumedServers } = this.#parts
    for (const servers of [room.servers.list(), assumedServers.listIn(room.nid)]) {
      for (const server of servers) if (server !== serverName) return true
    }
    return false
  }

  /** Those that are in the room now. */
  listIn(room: Room): string[] {
    return this.among(room, room.servers.list())
  }

  /**
   * Those of the servers, and of those that are only said to be in the room, that there is any talk with. One that the room
   * excludes is in it all the same: it is expected to uphold that, and has to hear of it (m.room.server_acl).
   */
  among(room: Room, servers: Iterable<string>): string[] {
    const { federationPolicy, assumedServers } = this.#parts
    const all = new Set(servers)
    for (const server of assumedServers.listIn(room.nid)) all.add(server)
    return [...all].filter((server) => federationPolicy.findObjection(server) === undefined)
  }
}
