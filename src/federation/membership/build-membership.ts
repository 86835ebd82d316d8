import type { SigningKey } from '../../matrix/signing.ts'
import type { Members } from '../../members/members.ts'
import type { Remote } from '../../remote/build-remote.ts'
import type { RoomCore } from '../../rooms/build-rooms.ts'
import type { Receiving } from '../../rooms/build-receiving.ts'
import type { MembershipLimits } from '../../rooms/membership-limits.ts'
import type { RemoteMemberships } from '../../rooms/remote-memberships.ts'
import type { Db } from '../../store/database.ts'
import type { Committer } from '../../streams/committer.ts'
import type { Accounts } from '../../users/accounts.ts'
import type { InvitePermissions } from '../../users/invite-permissions.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { Agreements } from '../sending/build-sending.ts'
import { ServerAcls } from '../server-acls.ts'
import { OutsideMemberships } from './outside-memberships.ts'
import { PartialJoins } from './partial-joins.ts'
import { RemoteChanges } from './remote-changes.ts'
import { ServedInvites } from './served-invites.ts'
import { ServedJoins } from './served-joins.ts'
import { ServedKnocks } from './served-knocks.ts'
import { ServedLeaves } from './served-leaves.ts'
import { ThirdPartyInvites } from './third-party-invites.ts'

export interface FederatedMembershipParts extends RoomCore, Receiving, Remote, Agreements {
  readonly db: Db
  readonly committer: Committer
  readonly clock: Clock
  readonly log: Log
  readonly members: Members
  readonly accounts: Accounts
  readonly invitePermissions: InvitePermissions
  readonly membershipLimits: MembershipLimits
  readonly serverName: string
  readonly signingKey: SigningKey
}

/** Memberships between servers: what others are served, and what is asked of them. */
export interface FederatedMembership {
  readonly outsideMemberships: OutsideMemberships
  readonly partialJoins: PartialJoins
  readonly remoteMemberships: RemoteMemberships
  readonly servedJoins: ServedJoins
  readonly servedLeaves: ServedLeaves
  readonly servedKnocks: ServedKnocks
  readonly servedInvites: ServedInvites
  readonly thirdPartyInvites: ThirdPartyInvites
}

/** Builds how our users come into rooms elsewhere, and users from elsewhere into rooms here. */
export function buildFederatedMembership(parts: FederatedMembershipParts): FederatedMembership {
  const { clock, serverName, signingKey } = parts
  const now = (): number => clock.now()
  const outside = new OutsideMemberships({ ...parts, now })
  const partialJoins = new PartialJoins(parts)
  const membershipParts = {
    ...parts, now, outside, partialJoins, partialRooms: partialJoins,
    serverAcls: new ServerAcls(),
    keys: parts.keyRing,
    signer: { serverName, key: signingKey, now },
  }
  const remoteMemberships = new RemoteChanges(membershipParts)
  return {
    partialJoins,
    outsideMemberships: outside,
    remoteMemberships,
    thirdPartyInvites: new ThirdPartyInvites({ ...membershipParts, remoteMemberships }),
    servedJoins: new ServedJoins(membershipParts),
    servedLeaves: new ServedLeaves(membershipParts),
    servedKnocks: new ServedKnocks(membershipParts),
    servedInvites: new ServedInvites(membershipParts),
  }
}
