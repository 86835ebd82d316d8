import type { EventCache } from '../rooms/event-cache.ts'
import type { Rooms } from '../rooms/rooms.ts'
import { contentString } from '../rooms/room-event.ts'
import { listAliasesOfRooms } from '../store/rooms/aliases.ts'
import { listAccounts } from '../store/users/accounts.ts'
import { listRoomsOfLocalUsers, type LiveEvent } from '../store/appservice-queues.ts'
import type { Db } from '../store/database.ts'
import type { ApplicationService } from '../users/application-services.ts'
import { literalPrefix } from '../util/literal-prefix.ts'
import { yieldToLoop } from '../util/yield.ts'

export interface InterestsParts {
  readonly db: Db
  readonly rooms: Rooms
  readonly events: EventCache
}

const PAGE = 1000

/**
 * What concerns an application service: events of and about its users, everything in the rooms in which they are, and in
 * rooms that its namespaces name (Application Service API, Registration).
 */
export class Interests {
  readonly #parts: InterestsParts
  readonly #service: ApplicationService
  /** By rooms, which of its users are in them. */
  readonly #usersIn = new Map<number, Set<string>>()
  readonly #hasRooms: boolean
  readonly #hasAliases: boolean

  constructor(parts: InterestsParts, service: ApplicationService) {
    this.#parts = parts
    this.#service = service
    this.#hasRooms = service.registration.namespaces.rooms.length > 0
    this.#hasAliases = service.registration.namespaces.aliases.length > 0
  }

  /** Reads in which rooms its users are; returns the numbers of those whom nobody else can be. */
  async load(): Promise<number[]> {
    const { registration, senderId } = this.#service
    const prefixes = [senderId, ...registration.namespaces.users.map(({ regex }) => literalPrefix(regex))]
    const claimed = new Set<number>()
    for (const prefix of new Set(prefixes)) await this.#loadWith(prefix, claimed)
    return [...claimed]
  }

  /** Reads where those users are whose ids begin in a way, which are far less than all users. */
  async #loadWith(prefix: string, claimed: Set<number>): Promise<void> {
    const { db } = this.#parts
    for (let after = ''; ;) {
      const page = await listAccounts(db, { prefix, after, limit: PAGE })
      const own = page.filter(({ userId }) => this.#service.ownsUser(userId))
      for (const { user, userId } of own) if (this.#service.claims('users', userId)) claimed.add(user)
      const userIds = new Map(own.map(({ user, userId }) => [user, userId]))
      for (const { room_nid: room, user_nid: user } of await listRoomsOfLocalUsers(db, [...userIds.keys()])) {
        this.#enter(room, userIds.get(user) ?? '')
      }
      if (page.length < PAGE) return
      after = page.at(-1)?.userId ?? after
      await yieldToLoop()
    }
  }

  /** Whether any of its users is in a room. */
  isIn(room: number): boolean {
    return this.#usersIn.has(room)
  }

  /** Those of the rooms into which its users moved that it was in by none of them before, or is in by none any more. */
  listTurned(moved: ReadonlyMap<number, ReadonlySet<string>>): number[] {
    return [...moved].flatMap(([room, users]) => ((this.#usersIn.get(room) ?? new Set()).isSubsetOf(users) ? [room] : []))
  }

  /** Whether it may concern the service that something happened in a room. Costs nothing; what is not known may. */
  mayConcern(room: number, pos: number): boolean {
    if (this.#hasRooms || this.#hasAliases || this.isIn(room)) return true
    const [event] = this.#parts.rooms.peekByNid(room)?.recent.between(pos - 1, pos) ?? []
    return event === undefined || event.type === 'm.room.member' || this.#service.ownsUser(event.sender)
  }

  /** Those of the events that concern it. Memberships of its users count from here on. */
  async filter(events: readonly LiveEvent[]): Promise<LiveEvent[]> {
    const named = await this.#listNamed([...new Set(events.map(({ room }) => room))])
    const memberships = await this.#parts.events.map(events.flatMap(({ nid, target }) => (this.#owns(target) ? [nid] : [])))
    return events.filter(({ nid, room, sender, target }) => {
      if (this.#owns(target)) {
        const event = memberships.get(nid)
        if (event !== undefined) this.#move(room, target, contentString(event, 'membership') === 'join')
        return true
      }
      return this.isIn(room) || named.has(room) || this.#service.ownsUser(sender)
    })
  }

  #owns(userId: string | null): userId is string {
    return userId !== null && this.#service.ownsUser(userId)
  }

  async #listNamed(rooms: readonly number[]): Promise<Set<number>> {
    const named = new Set<number>()
    if (this.#hasRooms) {
      const found = await Promise.all(rooms.map((room) => this.#parts.rooms.findByNid(room)))
      for (const room of found) if (room !== undefined && this.#service.ownsRoom(room.roomId)) named.add(room.nid)
    }
    if (this.#hasAliases) {
      const aliases = await listAliasesOfRooms(this.#parts.db, rooms)
      for (const { alias, room_nid: room } of aliases) if (this.#service.ownsAlias(alias)) named.add(room)
    }
    return named
  }

  #move(room: number, userId: string, isJoin: boolean): void {
    if (isJoin) return this.#enter(room, userId)
    const users = this.#usersIn.get(room)
    users?.delete(userId)
    if (users?.size === 0) this.#usersIn.delete(room)
  }

  #enter(room: number, userId: string): void {
    const users = this.#usersIn.get(room)
    if (users === undefined) this.#usersIn.set(room, new Set([userId]))
    else users.add(userId)
  }
}
