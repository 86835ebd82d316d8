import type { Config } from '../config/config.ts'
import type { SigningKey } from '../matrix/signing.ts'
import type { Members } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import type { Committer } from '../streams/committer.ts'
import type { Stream } from '../streams/stream.ts'
import type { InvitePermissions } from '../users/invite-permissions.ts'
import type { ApplicationServices } from '../users/application-services.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'
import { Aliases, type AliasMaker } from './aliases.ts'
import { AuthChains } from './auth-chains/auth-chains.ts'
import { ClientEvents } from './reading/client-events.ts'
import { RoomCreation, type RoomListing } from './creation/create-room.ts'
import { EventCache } from './event-cache.ts'
import { EventNumbers } from './event-numbers.ts'
import { MemberLists } from './reading/member-lists.ts'
import { MembershipChanges } from './membership.ts'
import type { MembershipLimits } from './membership-limits.ts'
import { PageTokens } from './reading/page-tokens.ts'
import type { PolicyServers } from './policy-servers.ts'
import { listEncryptedPresets } from './creation/presets.ts'
import type { ProfileSource } from './profiles.ts'
import type { RemoteAliases, RemoteMemberships } from './remote-memberships.ts'
import type { PartialRooms } from './restricted-joins.ts'
import { RetentionPolicies } from './upkeep/retention-policies.ts'
import { RoomBlocks } from './upkeep/room-blocks.ts'
import { RoomEntries } from './room-entries.ts'
import { RoomFinder } from './room-finder.ts'
import { Rooms } from './rooms.ts'
import { Sending, type RelationRules } from './sending.ts'
import { StateReader } from './state/state-reader.ts'
import { StateResolver } from './state/state-resolver.ts'
import { StatesAt } from './state/state-at.ts'
import { Visibility } from './reading/visibility.ts'
import { RoomWriter } from './writer.ts'

export interface RoomCoreParts {
  readonly db: Db
  readonly stream: Stream
  readonly committer: Committer
  readonly names: Names
  readonly members: Members
  readonly clock: Clock
  readonly log: Log
  readonly serverName: string
  /** Counts the restores from a backup. */
  readonly epoch: number
  readonly signingKey: SigningKey
  readonly config: Pick<Config, 'retention'>
  readonly appservices: ApplicationServices
  readonly aliasMaker: AliasMaker
  readonly remoteAliases: RemoteAliases
  readonly policyServers: PolicyServers
}

/** What reads rooms and writes events into them. */
export interface RoomCore {
  readonly rooms: Rooms
  readonly events: EventCache
  readonly chains: AuthChains
  readonly writer: RoomWriter
  readonly visibility: Visibility
  readonly clientEvents: ClientEvents
  readonly numbers: EventNumbers
  readonly stateReader: StateReader
  readonly statesAt: StatesAt
  readonly stateResolver: StateResolver
  readonly tokens: PageTokens
  readonly memberLists: MemberLists
  readonly aliases: Aliases
  readonly roomFinder: RoomFinder
  readonly retentionPolicies: RetentionPolicies
  readonly roomBlocks: RoomBlocks
  readonly policyServers: PolicyServers
}

/** Builds what every part of the room engine stands on: the rooms, their events and states, and the one writer. */
export function buildRoomCore(parts: RoomCoreParts): RoomCore {
  const { db, stream, clock, serverName, signingKey } = parts
  const retentionPolicies = new RetentionPolicies(parts)
  // Where nothing expires nobody asks whether something has.
  const expiry = retentionPolicies.isEnabled ? retentionPolicies : undefined
  const rooms = new Rooms(db, () => stream.head(), expiry && ((room) => expiry.refresh(room)))
  const events = new EventCache(db, expiry && ((event) => expiry.isExpired(event)))
  const chains = new AuthChains(db)
  const signer = { serverName, key: signingKey, now: () => clock.now() }
  const numbers = new EventNumbers(db)
  const stateResolver = new StateResolver({ ...parts, chains })
  const writer = new RoomWriter({
    ...parts, rooms, events, numbers, signer, chains, messageClasses: retentionPolicies, resolver: stateResolver,
  })
  const stateReader = new StateReader({ ...parts, events })
  const aliases = new Aliases(parts)
  const tokens = new PageTokens(parts)
  return {
    rooms, events, chains, writer, numbers, stateReader, stateResolver, aliases, tokens, retentionPolicies,
    policyServers: parts.policyServers,
    statesAt: new StatesAt({ ...parts, events }),
    roomBlocks: new RoomBlocks(parts),
    visibility: new Visibility({ ...parts, events }),
    clientEvents: new ClientEvents({ events, clock }),
    memberLists: new MemberLists({ events, stateReader, tokens }),
    roomFinder: new RoomFinder({ ...parts, rooms, aliases }),
  }
}

export interface RoomActionParts extends RoomCoreParts, RoomCore {
  readonly random: Random
  readonly profiles: ProfileSource
  readonly relations: RelationRules
  readonly membershipLimits: MembershipLimits
  readonly invitePermissions: InvitePermissions
  readonly remoteMemberships: RemoteMemberships
  readonly partialRooms: PartialRooms
  readonly listing: RoomListing
  readonly config: Pick<Config, 'rooms' | 'retention' | 'encryption'>
}

/** What people do in rooms. */
export interface RoomActions {
  readonly roomCreation: RoomCreation
  readonly membership: MembershipChanges
  readonly roomEntries: RoomEntries
  readonly sending: Sending
}

/** Builds what users of this server do in rooms. */
export function buildRoomActions(parts: RoomActionParts): RoomActions {
  const membership = new MembershipChanges(parts)
  const { rooms, encryption } = parts.config
  const encryptedPresets = listEncryptedPresets(encryption.defaultForRooms)
  const roomCreation = new RoomCreation({ ...parts, defaultVersion: rooms.defaultVersion, encryptedPresets })
  const roomEntries = new RoomEntries({ ...parts, membership })
  return { membership, roomEntries, roomCreation, sending: new Sending({ ...parts, membership }) }
}
