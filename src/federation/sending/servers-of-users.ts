import type { Members, UserRoom } from '../../members/members.ts'
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
    return this.#serversIn(await this.#listJoined(user))
  }

  /** Those that meet the user in these rooms alone. */
  async listMetIn(user: number, entered: ReadonlySet<number>): Promise<ReadonlySet<string>> {
    const joined = await this.#listJoined(user)
    const met = await this.#serversIn(joined.filter(({ room }) => entered.has(room)))
    return met.size === 0 ? met : met.difference(await this.#serversIn(joined.filter(({ room }) => !entered.has(room))))
  }

  async #listJoined(user: number): Promise<UserRoom[]> {
    return [...(await this.#members.roomsOf(user)).values()].filter(({ membership }) => membership === 'join')
  }

  async #serversIn(joined: readonly UserRoom[]): Promise<Set<string>> {
    const rooms = await this.#rooms.findAll(joined.map(({ roomId }) => roomId))
    return new Set([...rooms.values()].flatMap((room) => [...this.#reachable.listIn(room)]))
  }
}
