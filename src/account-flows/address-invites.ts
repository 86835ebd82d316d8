import { forbidden } from '../matrix/errors.ts'
import type { JsonObject } from '../matrix/json.ts'
import { actionLevel, powerLevelsOf, userLevel } from '../matrix/power-levels.ts'
import { pendingAuthState } from '../rooms/build-next.ts'
import type { Actor, MembershipChanges } from '../rooms/membership.ts'
import type { MembershipLimits } from '../rooms/membership-limits.ts'
import type { ProfileSource } from '../rooms/profiles.ts'
import type { Room } from '../rooms/room.ts'
import type { RoomWriter } from '../rooms/writer.ts'
import { checkNotSuspended } from '../users/requester-checks.ts'
import type { IdentityServers, ThirdPartyAddress } from './identity-servers.ts'

export interface AddressInvitesParts {
  readonly identityServers: IdentityServers
  readonly membership: MembershipChanges
  readonly membershipLimits: MembershipLimits
  readonly writer: RoomWriter
  readonly profiles: ProfileSource
}

/** What an identity server may tell of the room to who is invited, by the state that says it. */
const SHOWN = {
  room_alias: ['m.room.canonical_alias', 'alias'],
  room_avatar_url: ['m.room.avatar', 'url'],
  room_join_rules: ['m.room.join_rules', 'join_rule'],
  room_name: ['m.room.name', 'name'],
  room_type: ['m.room.create', 'type'],
} as const

/** Invites people of whom no more is known than an address (Client-Server API, Third-party invites). */
export class AddressInvites {
  readonly #parts: AddressInvitesParts

  constructor(parts: AddressInvitesParts) {
    this.#parts = parts
  }

  /**
   * Invites whose address it is where the identity server knows that. Else it tells whoever has the address, and the room keeps
   * by which keys he will prove it. Throws M_FORBIDDEN, M_INVALID_PARAM, M_LIMIT_EXCEEDED, M_UNKNOWN (502).
   */
  async invite(actor: Actor, room: Room, address: ThirdPartyAddress): Promise<void> {
    checkNotSuspended(actor)
    // Nobody is written to on behalf of who may not invite.
    checkMayInvite(room, actor.userId)
    const { identityServers, membership, membershipLimits } = this.#parts
    await membershipLimits.inviteAddress(actor.userId, async () => {
      const owner = await identityServers.findOwner(address)
      if (owner === undefined) await this.#inviteAddress(actor, room, address)
      else await membership.invite(actor, room, owner)
    })
  }

  async #inviteAddress({ userId }: Actor, room: Room, address: ThirdPartyAddress): Promise<void> {
    const { identityServers, writer } = this.#parts
    const { token, displayName, publicKeys } = await identityServers.storeInvite(address, await this.#describe(room, userId))
    const [first] = publicKeys
    await writer.append(room, [{
      type: 'm.room.third_party_invite', sender: userId, stateKey: token,
      content: { display_name: displayName, public_keys: publicKeys.map((key) => ({ ...key })), ...first },
    }])
  }

  async #describe(room: Room, userId: string): Promise<JsonObject> {
    const profile = (await this.#parts.profiles.findProfiles([userId])).get(userId)
    const shown = Object.entries(SHOWN).map(([name, [type, key]]) => [name, room.stateString(type, key)])
    const told = [
      ...shown, ['room_id', room.roomId], ['sender', userId],
      ['sender_display_name', profile?.displayname], ['sender_avatar_url', profile?.avatar_url],
    ]
    return Object.fromEntries(told.filter(([, value]) => value !== undefined))
  }
}

function checkMayInvite(room: Room, userId: string): void {
  if (room.pendingMember(userId)?.membership !== 'join') throw forbidden('You are not in this room.')
  const levels = powerLevelsOf(room.version, pendingAuthState(room))
  if (userLevel(levels, userId) < actionLevel(levels, 'invite')) throw forbidden('You may not invite into this room.')
}
