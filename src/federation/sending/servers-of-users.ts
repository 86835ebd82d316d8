import type { Members } from '../../members/members.ts'
import type { Room } from '../../rooms/room.ts'
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
    return this.#serversIn(await this.#roomsOf(user))
  }

  /** Those that meet the user in these rooms alone. */
  async listMetIn(user: number, entered: ReadonlySet<number>): Promise<ReadonlySet<string>> {
    const rooms = await this.#roomsOf(user)
    const met = this.#serversIn(rooms.filter(({ nid }) => entered.has(nid)))
    return met.size === 0 ? met : met.difference(this.#serversIn(rooms.filter(({ nid }) => !entered.has(nid))))
  }

  async #roomsOf(user: number): Promise<Room[]> {
    const memberships = await this.#members.roomsOf(user)
    const joined = [...memberships.values()].filter(({ membership }) => membership === 'join')
    return [...(await this.#rooms.findAll(joined.map(({ roomId }) => roomId))).values()]
  }

  #serversIn(rooms: readonly Room[]): Set<string> {
    return new Set(rooms.flatMap((room) => [...this.#reachable.listIn(room)]))
  }
}
