import { STRIPPED_STATE_TYPES, strippedEvent, type StrippedSource } from '../matrix/client-event.ts'
import type { Pdu } from '../matrix/event.ts'
import type { Room } from './room.ts'

/**
 * What the user whose invite or knock the event is may know of the room, as the JSON text of stripped events
 * (Client-Server API, Stripped state).
 */
export function stripState(room: Room, event: Pdu, inviter?: StrippedSource): string {
  const state: StrippedSource[] = STRIPPED_STATE_TYPES.flatMap((type) => room.pendingState(type) ?? [])
  // By it clients name and show who invites.
  if (inviter !== undefined) state.push(inviter)
  // Clients show when somebody was invited, and by the event's id they know an invite that they have shown.
  const own = { ...strippedEvent(event), event_id: event.eventId, origin_server_ts: event.originServerTs }
  return JSON.stringify([...state.map(strippedEvent), own])
}
