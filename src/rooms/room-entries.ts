import { MatrixError, notFound } from '../matrix/errors.ts'
import { serverNameOf } from '../matrix/ids.ts'
import { checkNotSuspended } from '../users/requester-checks.ts'
import type { Actor, MembershipChanges, MembershipOptions } from './membership.ts'
import type { MembershipLimits } from './membership-limits.ts'
import { profileFields, type ProfileSource } from './profiles.ts'
import type { RemoteMemberships, RoomTarget } from './remote-memberships.ts'
import { findAdmission, type PartialRooms } from './restricted-joins.ts'
import type { RoomBlocks } from './upkeep/room-blocks.ts'
import type { RoomFinder } from './room-finder.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import { isServerIn } from './servers-in-room.ts'

export interface RoomEntriesParts {
  readonly rooms: Rooms
  readonly roomFinder: RoomFinder
  readonly membership: MembershipChanges
  readonly remoteMemberships: RemoteMemberships
  readonly profiles: ProfileSource
  readonly membershipLimits: MembershipLimits
  readonly roomBlocks: RoomBlocks
  readonly partialRooms: PartialRooms
  readonly serverName: string
}

export interface EntryOptions extends MembershipOptions {
  /** Servers that may know the room. */
  readonly via?: readonly string[] | undefined
}

/** How a user gets into rooms and out of them, wherever they live (Client-Server API, Joining rooms, Knocking, Leaving rooms). */
export class RoomEntries {
  readonly #parts: RoomEntriesParts

  constructor(parts: RoomEntriesParts) {
    this.#parts = parts
  }

  /** Joins; resolves with the id of the room. Throws M_NOT_FOUND, M_FORBIDDEN, M_LIMIT_EXCEEDED, and what other servers answer. */
  async join(actor: Actor, roomIdOrAlias: string, options: EntryOptions): Promise<string> {
    const target = await this.#locate(roomIdOrAlias, options)
    const here = await this.#findHere(target.roomId)
    if (here !== undefined && await this.#canJoinHere(here, actor)) await this.#parts.membership.join(actor, here, options)
    else await this.#joinElsewhere(actor, target, options)
    return target.roomId
  }

  /** Knocks; resolves with the id of the room. Throws as `join` does. */
  async knock(actor: Actor, roomIdOrAlias: string, options: EntryOptions): Promise<string> {
    const { membership, remoteMemberships, roomBlocks } = this.#parts
    const target = await this.#locate(roomIdOrAlias, options)
    const here = await this.#findHere(target.roomId)
    if (here !== undefined) {
      await membership.knock(actor, here, options)
      return target.roomId
    }
    checkNotSuspended(actor)
    roomBlocks.check(target.roomId)
    const content = await this.#contentOf(actor, options)
    await remoteMemberships.inTurn(target.roomId, () => remoteMemberships.knock(actor, target, content))
    return target.roomId
  }

  /** Leaves, or refuses an invite, or takes back a knock. Throws M_NOT_FOUND for a room that the user has nothing to do with. */
  async leave(actor: Actor, roomId: string, { reason }: Pick<MembershipOptions, 'reason'>): Promise<void> {
    const { rooms, membership, remoteMemberships } = this.#parts
    const here = await this.#findHere(roomId)
    const standing = here?.pendingMember(actor.userId)?.membership
    if (here !== undefined && standing !== undefined && standing !== 'leave') return membership.leave(actor, here, { reason })
    const content = reason === undefined ? {} : { reason }
    if (await remoteMemberships.inTurn(roomId, () => remoteMemberships.leave(actor, roomId, content))) return undefined
    const room = here ?? await rooms.find(roomId)
    if (room === undefined) throw notFound(`There is no room ${roomId}.`)
    return membership.leave(actor, room, { reason })
  }

  async #locate(roomIdOrAlias: string, { via = [] }: EntryOptions): Promise<RoomTarget> {
    const { roomId, servers } = await this.#parts.roomFinder.locate(roomIdOrAlias)
    return { roomId, servers: [...via, ...servers] }
  }

  /** The room if somebody of this server is in it, so that it is kept up to date here, or nobody else ever was. */
  async #findHere(roomId: string): Promise<Room | undefined> {
    const { rooms, serverName } = this.#parts
    const room = await rooms.find(roomId)
    if (room === undefined || isServerIn(room, serverName)) return room
    for (const { userId } of room.listMembers()) if (serverNameOf(userId) !== serverName) return undefined
    return room
  }

  /** Where nobody of us may vouch for a restricted join, somebody of another server may. */
  async #canJoinHere(room: Room, { userId }: Actor): Promise<boolean> {
    if (room.servers.count() <= 1) return true
    const { kind } = await findAdmission(room, userId, this.#parts)
    return kind !== 'unseen' && kind !== 'powerless'
  }

  async #joinElsewhere(actor: Actor, target: RoomTarget, options: EntryOptions): Promise<void> {
    const { roomBlocks, membershipLimits, membership, remoteMemberships } = this.#parts
    checkNotSuspended(actor)
    roomBlocks.check(target.roomId)
    // What a room lets guests do is only known in it.
    if (actor.isGuest) throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 'Guests may not join rooms of other servers.')
    const content = await this.#contentOf(actor, options)
    await membershipLimits.joinRemote(actor.userId, () => remoteMemberships.inTurn(target.roomId, async () => {
      const here = await this.#findHere(target.roomId)
      // Somebody else of this server may have come in first.
      if (here !== undefined && await this.#canJoinHere(here, actor)) return membership.join(actor, here, options)
      return remoteMemberships.join(actor, target, content)
    }))
  }

  async #contentOf({ userId }: Actor, { reason, content }: EntryOptions) {
    const profile = (await this.#parts.profiles.findProfiles([userId])).get(userId)
    return { ...profileFields(profile), ...content, ...(reason === undefined ? {} : { reason }) }
  }
}
