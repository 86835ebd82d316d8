import { forbidden, invalidParam, MatrixError, notFound } from '../matrix/errors.ts'
import { isUserId, serverNameOf } from '../matrix/ids.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Members, Membership } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import { setForgotten } from '../store/rooms/memberships.ts'
import { checkNotSuspended } from '../users/requester-checks.ts'
import type { InvitePermissions } from '../users/invite-permissions.ts'
import type { Requester } from '../users/requester.ts'
import type { Draft } from './draft.ts'
import type { MembershipLimits } from './membership-limits.ts'
import { profileFields, type ProfileSource } from './profiles.ts'
import type { RemoteMemberships } from './remote-memberships.ts'
import { findAuthoriser, type PartialRooms } from './restricted-joins.ts'
import type { RoomBlocks } from './upkeep/room-blocks.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import type { RoomWriter } from './writer.ts'

export interface MembershipParts {
  readonly db: Db
  readonly rooms: Rooms
  readonly writer: RoomWriter
  readonly members: Members
  readonly profiles: ProfileSource
  readonly membershipLimits: MembershipLimits
  readonly roomBlocks: RoomBlocks
  readonly partialRooms: PartialRooms
  readonly invitePermissions: Pick<InvitePermissions, 'check'>
  readonly remoteMemberships: RemoteMemberships
  readonly serverName: string
}

/** Who changes a membership, as far as it matters here. */
export type Actor = Pick<Requester, 'user' | 'userId' | 'isGuest'> & Partial<Pick<Requester, 'suspended'>>

export interface MembershipOptions {
  readonly reason?: string | undefined
  /** Further content that the client sends along. */
  readonly content?: JsonObject | undefined
}

/**
 * Joining, leaving, inviting and the rest (Client-Server API, Room membership). Whether one may is for the auth rules, how
 * often for the limits: M_LIMIT_EXCEEDED.
 */
export class MembershipChanges {
  readonly #parts: MembershipParts

  constructor(parts: MembershipParts) {
    this.#parts = parts
  }

  /** Joins; somebody who is in the room already stays as he is. Throws M_FORBIDDEN, M_GUEST_ACCESS_FORBIDDEN. */
  async join(actor: Actor, room: Room, options: MembershipOptions = {}): Promise<void> {
    const { room: current, membership } = await this.#settledMembership(room, actor.userId)
    if (membership === 'join' && options.content === undefined) return
    checkNotSuspended(actor)
    const via = await this.#admit(actor, current)
    const change = { ...options, content: { ...options.content, ...via } }
    await this.#limited(current, actor.userId, actor.userId, 'join', () =>
      this.#change(current, actor.userId, actor.userId, 'join', change))
  }

  /** Leaves, or refuses an invite, or takes back a knock. Leaving twice is no error. */
  async leave(actor: Actor, room: Room, options: MembershipOptions = {}): Promise<void> {
    const { room: current, membership } = await this.#settledMembership(room, actor.userId)
    if (membership === 'leave') return
    await this.#change(current, actor.userId, actor.userId, 'leave', options)
  }

  async knock(actor: Actor, room: Room, options: MembershipOptions = {}): Promise<void> {
    checkNotSuspended(actor)
    await this.#change(room, actor.userId, actor.userId, 'knock', options)
  }

  /** Invites; inviting who is invited already is repeated, so that the invite shows again. Throws M_INVITE_BLOCKED. */
  async invite(actor: Actor, room: Room, userId: string, options: MembershipOptions = {}): Promise<void> {
    checkNotSuspended(actor)
    if (!isUserId(userId)) throw invalidParam(`${userId} is not a user id.`)
    await this.#parts.invitePermissions.check(userId)
    await this.#limited(room, actor.userId, userId, 'invite', () => this.#change(room, actor.userId, userId, 'invite', options))
  }

  /** Throws M_FORBIDDEN where the user is not in the room. */
  async kick(actor: Actor, room: Room, userId: string, options: MembershipOptions = {}): Promise<void> {
    checkNotSuspended(actor)
    const membership = room.pendingMember(userId)?.membership
    if (membership === undefined || membership === 'leave' || membership === 'ban') {
      throw forbidden(`${userId} is not in the room.`)
    }
    await this.#change(room, actor.userId, userId, 'leave', options)
  }

  async ban(actor: Actor, room: Room, userId: string, options: MembershipOptions = {}): Promise<void> {
    checkNotSuspended(actor)
    if (!isUserId(userId)) throw invalidParam(`${userId} is not a user id.`)
    await this.#change(room, actor.userId, userId, 'ban', options)
  }

  /** Throws M_BAD_STATE where the user is not banned. */
  async unban(actor: Actor, room: Room, userId: string, options: MembershipOptions = {}): Promise<void> {
    checkNotSuspended(actor)
    if (room.pendingMember(userId)?.membership !== 'ban') {
      throw new MatrixError('M_BAD_STATE', `${userId} is not banned.`, { status: 403 })
    }
    await this.#change(room, actor.userId, userId, 'leave', options)
  }

  /** Lets a room that was left go out of the user's sight. Throws M_UNKNOWN while the user is in it. */
  async forget(actor: Actor, roomId: string): Promise<void> {
    const { members, db } = this.#parts
    const entry = await members.findByRoomId(actor.user, roomId)
    if (entry === undefined) throw notFound('You were never in this room.')
    if (entry.membership !== 'leave' && entry.membership !== 'ban') {
      throw new MatrixError('M_UNKNOWN', 'You are still in this room.', { status: 400 })
    }
    // Who comes back at this moment is in the room, and it is not forgotten.
    if (await setForgotten(db, actor.user, entry)) members.forget(actor.user, entry)
  }

  /** Sets a membership as a client wrote it whole, by PUT of the state event. */
  async set(actor: Actor, room: Room, userId: string, content: JsonObject): Promise<string> {
    const membership = content['membership'] as Membership
    if (membership !== 'leave' || userId !== actor.userId) checkNotSuspended(actor)
    if (membership === 'invite' && !isUserId(userId)) throw invalidParam(`${userId} is not a user id.`)
    if (membership === 'invite') await this.#parts.invitePermissions.check(userId)
    const via = membership === 'join' && userId === actor.userId ? await this.#admit(actor, room) : {}
    // Who let somebody in is said by us, whom it obliges, and never by who came in.
    const { join_authorised_via_users_server: _, ...asked } = content
    const draft = { type: 'm.room.member', sender: actor.userId, stateKey: userId, content: { ...asked, ...via } }
    return this.#limited(room, actor.userId, userId, membership, () => this.#append(room, draft))
  }

  /** Counts joins and invites; a change of what a member shows of themself is neither. */
  #limited<T>(room: Room, sender: string, userId: string, membership: Membership, run: () => Promise<T>): Promise<T> {
    const { membershipLimits } = this.#parts
    if (membership === 'invite') return membershipLimits.invite({ sender, invited: [userId], roomId: room.roomId }, run)
    const isJoin = membership === 'join' && room.pendingMember(userId)?.membership !== 'join'
    return isJoin ? membershipLimits.join(room.roomId, userId, run) : run()
  }

  /** What a join must say besides; nothing for who is in the room. Throws M_GUEST_ACCESS_FORBIDDEN, M_FORBIDDEN. */
  async #admit(actor: Actor, room: Room): Promise<JsonObject> {
    const isIn = room.pendingMember(actor.userId)?.membership === 'join'
    if (actor.isGuest && !isIn && room.stateString('m.room.guest_access', 'guest_access') !== 'can_join') {
      throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 'Guests may not join this room.')
    }
    const authoriser = await findAuthoriser(room, actor.userId, this.#parts)
    return authoriser === undefined ? {} : { join_authorised_via_users_server: authoriser }
  }

  async #change(room: Room, sender: string, userId: string, membership: Membership, { reason, content }: MembershipOptions): Promise<void> {
    const showsProfile = membership === 'join' || membership === 'invite' || membership === 'knock'
    const profiles = showsProfile ? await this.#parts.profiles.findProfiles([userId]) : undefined
    await this.#append(room, {
      type: 'm.room.member',
      sender,
      stateKey: userId,
      content: { ...profileFields(profiles?.get(userId)), ...content, ...(reason === undefined ? {} : { reason }), membership },
    })
  }

  /** The user's membership once nothing of it is pending: nobody is told that it is done before it is committed. */
  async #settledMembership(room: Room, userId: string): Promise<{ room: Room, membership: Membership | undefined }> {
    const pending = room.pendingMember(userId)
    if (pending === room.member(userId)) return { room, membership: pending?.membership }
    await this.#parts.writer.settle(room)
    const current = await this.#parts.rooms.get(room.roomId)
    return { room: current, membership: current.pendingMember(userId)?.membership }
  }

  async #append(room: Room, draft: Draft): Promise<string> {
    const membership = draft.content['membership']
    const isIn = draft.stateKey !== undefined && room.pendingMember(draft.stateKey)?.membership === 'join'
    if (!isIn && membership !== 'leave' && membership !== 'ban') this.#parts.roomBlocks.check(room.roomId)
    const isOfOthers = draft.stateKey !== undefined && serverNameOf(draft.stateKey) !== this.#parts.serverName
    if (membership === 'invite' && isOfOthers) return this.#parts.remoteMemberships.invite(room, draft)
    const [event] = await this.#parts.writer.append(room, [draft])
    return event?.eventId ?? ''
  }
}
