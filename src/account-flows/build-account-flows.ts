import type { Members } from '../members/members.ts'
import type { WebClient } from '../remote/web-client.ts'
import type { EventCache } from '../rooms/event-cache.ts'
import type { MembershipChanges } from '../rooms/membership.ts'
import type { MembershipLimits } from '../rooms/membership-limits.ts'
import type { ProfileSource } from '../rooms/profiles.ts'
import type { RoomEntries } from '../rooms/room-entries.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { RoomWriter } from '../rooms/writer.ts'
import type { Db } from '../store/database.ts'
import type { Users } from '../users/build-users.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { AddressInvites } from './address-invites.ts'
import { Deactivation } from './deactivation.ts'
import { IdentityServers } from './identity-servers.ts'
import { OwnMemberships } from './own-memberships.ts'
import { ProfileSpread } from './profile-spread.ts'

export interface AccountFlowsParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly users: Pick<Users, 'accessTokens' | 'profiles' | 'sessions'>
  readonly rooms: Rooms
  readonly events: EventCache
  readonly members: Members
  readonly membership: MembershipChanges
  readonly roomEntries: RoomEntries
  readonly writer: RoomWriter
  readonly profiles: ProfileSource
  readonly membershipLimits: MembershipLimits
  readonly webClient: Pick<WebClient, 'request'>
}

/** What crosses users and rooms. */
export interface AccountFlows {
  readonly profileSpread: ProfileSpread
  readonly deactivation: Deactivation
  readonly addressInvites: AddressInvites
}

/** Builds what crosses users and rooms. */
export function buildAccountFlows(parts: AccountFlowsParts): AccountFlows {
  const { users } = parts
  const memberships = new OwnMemberships(parts)
  return {
    profileSpread: new ProfileSpread({ ...users, memberships }),
    addressInvites: new AddressInvites({ ...parts, identityServers: new IdentityServers(parts.webClient) }),
    deactivation: new Deactivation({ ...parts, ...users, memberships }),
  }
}
