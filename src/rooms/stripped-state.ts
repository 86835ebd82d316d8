import { STRIPPED_STATE_TYPES, strippedEvent } from '../matrix/client-event.ts'
import type { Pdu } from '../matrix/event.ts'
import type { Room } from './room.ts'

/**
 * What the user whose invite or knock the event is may know of the room, as the JSON text of stripped events
 * (Client-Server API, Stripped state).
 */
export function stripState(room: Room, event: Pdu): string {
  const state = STRIPPED_STATE_TYPES.flatMap((type) => room.pendingState(type) ?? [])
  return JSON.stringify([...state, event].map(strippedEvent))
}
