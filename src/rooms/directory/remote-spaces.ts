import type { RoomSummary } from '../../spec/types.ts'
import type { SpaceChild } from './space-children.ts'

/** What another server tells of a room of which we know nothing. */
export interface RemoteSpace {
  readonly room: RoomSummary
  readonly children: readonly SpaceChild[]
  /** Of those children that it knows and shows us. */
  readonly childRooms: ReadonlyMap<string, RoomSummary>
  /** Children that it does not show us. */
  readonly inaccessible: ReadonlySet<string>
}

/** Port: asks other servers about rooms that nobody here is in (Server-Server API, Spaces). */
export interface RemoteSpaces {
  /** Asks one server after the other; undefined where none tells. */
  find(roomId: string, servers: readonly string[], suggestedOnly: boolean): Promise<RemoteSpace | undefined>
}
