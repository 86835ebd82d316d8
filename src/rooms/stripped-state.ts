import { STRIPPED_STATE_TYPES, strippedEvent, type StrippedSource } from '../matrix/client-event.ts'
import type { Pdu } from '../matrix/event.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Room } from './room.ts'

/**
 * What the user whose invite or knock the event is may know of the room, as the JSON text of stripped events
 * (Client-Server API, Stripped state).
 */
export function stripState(room: Room, event: Pdu, inviter?: StrippedSource): string {
  const state: StrippedSource[] = STRIPPED_STATE_TYPES.flatMap((type) => room.pendingState(type) ?? [])
  // By it clients name and show who invites.
  if (inviter !== undefined) state.push(inviter)
  return JSON.stringify([...state.map(strippedEvent), ownStripped(event)])
}

/** Clients show when somebody was invited, and by the event's id they know an invite that they have shown. */
export function ownStripped(event: Pdu): JsonObject {
  return { ...strippedEvent(event), event_id: event.eventId, origin_server_ts: event.originServerTs }
}

/** The numbers of the events that say of the room what somebody who is invited or knocks may know, and who invites. */
export function listShownState(room: Room, inviter?: string): number[] {
  const member = inviter === undefined ? undefined : room.member(inviter)
  return [...STRIPPED_STATE_TYPES.flatMap((type) => room.state(type) ?? []), ...member === undefined ? [] : [member]].map(({ nid }) => nid)
}
