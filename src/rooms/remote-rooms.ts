import type { JsonObject } from '../matrix/json.ts'

/** Which part of a room's graph is asked for: what lies between events that somebody has and later ones. */
export interface MissingRange {
  readonly earliest: readonly string[]
  readonly latest: readonly string[]
  readonly limit: number
  readonly minDepth: number
}

/** The state before an event by the ids of its events, and what authorises them. */
export interface StateIds {
  readonly state: readonly string[]
  readonly authChain: readonly string[]
}

/** The same with the events. */
export interface StateEvents {
  readonly state: readonly JsonObject[]
  readonly authChain: readonly JsonObject[]
}

/**
 * Asks other servers about rooms (Server-Server API, Retrieving events). Events come as they were sent, read losslessly, and
 * unchecked. A server that does not answer, or not as it should, has nothing: no method throws on that account.
 */
export interface RemoteRooms {
  listMissingEvents(server: string, roomId: string, range: MissingRange): Promise<readonly JsonObject[]>
  findStateIds(server: string, roomId: string, eventId: string): Promise<StateIds | undefined>
  findState(server: string, roomId: string, eventId: string): Promise<StateEvents | undefined>
  findEvent(server: string, eventId: string): Promise<JsonObject | undefined>
  /** The auth chain of an event. */
  listEventAuth(server: string, roomId: string, eventId: string): Promise<readonly JsonObject[]>
  /** The events with these ids and those before them, at most so many. */
  backfill(server: string, roomId: string, eventIds: readonly string[], limit: number): Promise<readonly JsonObject[]>
}
