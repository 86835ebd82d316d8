import type { Members } from '../../members/members.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { ReachableServers } from './reachable-servers.ts'

/** Which other servers have to know of a user, since users of theirs share a room with it. */
export class ServersOfUsers {
  readonly #members: Pick<Members, 'roomsOf'>
  readonly #rooms: Rooms
  readonly #reachable: ReachableServers

  constructor(parts: { readonly members: Pick<Members, 'roomsOf'>, readonly rooms: Rooms, readonly reachable: ReachableServers }) {
    this.#members = parts.members
    this.#rooms = parts.rooms
    this.#reachable = parts.reachable
  }

  async list(user: number): Promise<ReadonlySet<string>> {
    const memberships = await this.#members.roomsOf(user)
    const joined = [...memberships.values()].filter(({ membership }) => membership === 'join')
    const rooms = await this.#rooms.findAll(joined.map(({ roomId }) => roomId))
    const servers = new Set<string>()
    for (const room of rooms.values()) for (const server of this.#reachable.listIn(room)) servers.add(server)
    return servers
  }
}
