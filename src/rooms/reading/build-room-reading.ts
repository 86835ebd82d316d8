import type { Config } from '../../config/config.ts'
import type { EphemeralOrder } from '../../streams/ephemeral-order.ts'
import type { AccountData } from '../../users/account-data.ts'
import type { ApplicationServices } from '../../users/application-services.ts'
import type { PushRules } from '../../users/push-rules.ts'
import type { Log } from '../../util/log.ts'
import type { Random } from '../../util/random.ts'
import { Aggregations } from './aggregations.ts'
import type { RoomCore, RoomCoreParts } from '../build-rooms.ts'
import { Directory } from '../directory/directory.ts'
import { EventContexts } from './event-context.ts'
import type { IgnoredBy } from './ignored-users.ts'
import type { ProfileSource } from '../profiles.ts'
import type { RemotePublicRooms } from '../directory/remote-public-rooms.ts'
import type { RemoteSpaces } from '../directory/remote-spaces.ts'
import { ReadMarkers } from './read-markers.ts'
import { ReadScopes } from './read-scope.ts'
import { Receipts } from './receipts.ts'
import { Relations } from './relations.ts'
import { RoomMoves } from '../creation/room-moves.ts'
import { RoomSummaries } from '../directory/room-summaries.ts'
import { SpaceHierarchies } from '../directory/space-hierarchy.ts'
import { Threads } from './threads.ts'
import { Timeline } from './timeline.ts'
import { Typing } from './typing.ts'
import { RoomUpgrades } from '../creation/upgrade-room.ts'
import { UserDirectory } from '../directory/user-directory.ts'

export interface RoomReadingParts extends RoomCoreParts, RoomCore {
  /** By what typing is counted. */
  readonly order: EphemeralOrder
  readonly ignoredUsers: IgnoredBy
  readonly accountData: AccountData
  readonly pushRules: PushRules
  readonly profiles: ProfileSource
  readonly remotePublicRooms: RemotePublicRooms
  readonly appservices: ApplicationServices
  readonly remoteSpaces: RemoteSpaces
  readonly random: Random
  readonly log: Log
  readonly config: Pick<Config, 'rooms' | 'retention'>
}

/** What reads the history of rooms, what goes on in them besides events, how they are found and how they move on. */
export interface RoomReading {
  readonly typing: Typing
  readonly receipts: Receipts
  readonly readMarkers: ReadMarkers
  readonly aggregations: Aggregations
  readonly timeline: Timeline
  readonly eventContexts: EventContexts
  readonly relations: Relations
  readonly threads: Threads
  readonly directory: Directory
  readonly userDirectory: UserDirectory
  readonly roomSummaries: RoomSummaries
  readonly spaceHierarchies: SpaceHierarchies
  readonly roomMoves: RoomMoves
  readonly roomUpgrades: RoomUpgrades
}

/** Builds what is read from rooms, and what readers leave there. */
export function buildRoomReading(parts: RoomReadingParts): RoomReading {
  const receipts = new Receipts(parts)
  const aggregations = new Aggregations(parts)
  const reading = { ...parts, aggregations, scopes: new ReadScopes(parts) }
  const timeline = new Timeline(reading)
  const directory = new Directory({ ...parts, allowPublish: parts.config.rooms.allowPublish })
  const roomMoves = new RoomMoves(parts)
  const roomSummaries = new RoomSummaries(parts)
  return {
    receipts, aggregations, timeline, directory, roomMoves, roomSummaries,
    spaceHierarchies: new SpaceHierarchies({ ...parts, roomSummaries }),
    typing: new Typing(parts),
    readMarkers: new ReadMarkers({ ...parts, receipts }),
    eventContexts: new EventContexts({ ...reading, timeline }),
    relations: new Relations({ ...reading, timeline }),
    threads: new Threads({ ...reading, timeline }),
    userDirectory: new UserDirectory(parts),
    roomUpgrades: new RoomUpgrades({ ...parts, directory, roomMoves }),
  }
}
