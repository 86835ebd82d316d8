import type { AccountFlows } from './account-flows/build-account-flows.ts'
import type { Appservices } from './appservices/build-appservices.ts'
import type { Config } from './config/config.ts'
import type { Encryption } from './encryption/encryption.ts'
import type { FederatedMembership } from './federation/membership/build-membership.ts'
import type { Federation } from './federation/build-federation.ts'
import type { SigningKey } from './matrix/signing.ts'
import type { Media } from './media/media.ts'
import type { Members } from './members/members.ts'
import type { MutualRooms } from './members/mutual-rooms.ts'
import type { Remote } from './remote/build-remote.ts'
import type { Receiving } from './rooms/build-receiving.ts'
import type { RoomReading } from './rooms/reading/build-room-reading.ts'
import type { RoomUpkeep } from './rooms/upkeep/build-room-upkeep.ts'
import type { RoomActions, RoomCore } from './rooms/build-rooms.ts'
import type { Sync } from './sync/build-sync.ts'
import type { Transactions } from './streams/transactions.ts'
import type { ApplicationServices } from './users/application-services.ts'
import type { Users } from './users/build-users.ts'
import type { Clock } from './util/clock.ts'

/** What a handler may ask for, by name. `server.ts` builds each once. */
export interface Services extends Appservices, Remote, RoomCore, Receiving, RoomReading, RoomActions, RoomUpkeep, Users, AccountFlows,
  Federation, FederatedMembership {
  readonly appservices: ApplicationServices
  readonly clock: Clock
  readonly config: Config
  readonly encryption: Encryption
  /** The key that this server signs with. */
  readonly signingKey: SigningKey
  readonly media: Media
  readonly members: Members
  readonly mutualRooms: MutualRooms
  readonly sync: Sync
  readonly transactions: Transactions
  /** Our own version, as in `0.1.0`. */
  readonly version: string
}
