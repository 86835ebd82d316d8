import type { JsonObject } from '../matrix/json.ts'
import type { Draft } from './draft.ts'
import type { Room } from './room.ts'

/** A user of this server. */
export interface LocalUser { readonly user: number, readonly userId: string }

/** A room that may live on other servers only, with servers that may know it. */
export interface RoomTarget {
  readonly roomId: string
  readonly servers: readonly string[]
}

/**
 * Port: changes memberships for which other servers are needed (Server-Server API, Joining Rooms and what follows). What is
 * told besides the membership is in `content`.
 */
export interface RemoteMemberships {
  /** Does one after the other what takes us into a room or keeps us out of it. */
  inTurn<T>(roomId: string, work: () => Promise<T>): Promise<T>
  /** Joins over one of the servers. Throws what they answer where none lets the user in. */
  join(user: LocalUser, target: RoomTarget, content: JsonObject): Promise<void>
  /** Knocks over one of the servers. Throws what they answer where none takes the knock. */
  knock(user: LocalUser, target: RoomTarget, content: JsonObject): Promise<void>
  /**
   * Refuses an invite or takes back a knock in a room that nobody of this server is in; the servers that do not answer do not
   * keep the user. Resolves with whether there was one.
   */
  leave(user: LocalUser, roomId: string, content: JsonObject): Promise<boolean>
  /** Invites a user of another server, which has to agree; resolves with the id of the event. */
  invite(room: Room, draft: Draft): Promise<string>
}

/** Port: what other servers know of their aliases. */
export interface RemoteAliases {
  /** The room behind an alias. Throws M_NOT_FOUND, or M_UNKNOWN where the server does not answer. */
  get(alias: string): Promise<RoomTarget>
}
