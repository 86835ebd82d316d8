import type { Pdu } from '../matrix/event.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Room } from './room.ts'

/** What somebody who is not in the room yet may know of it (Client-Server API, Stripped state). */
const STRIPPED_TYPES = [
  'm.room.create', 'm.room.join_rules', 'm.room.canonical_alias', 'm.room.avatar', 'm.room.name', 'm.room.encryption', 'm.room.topic',
]

export interface StrippedEvent {
  readonly type: string
  readonly state_key: string
  readonly sender: string
  readonly content: JsonObject
}

/** The state of a room, stripped for the user whose invite or knock the event is, as JSON text. */
export function stripState(room: Room, event: Pdu): string {
  const stripped: StrippedEvent[] = STRIPPED_TYPES.flatMap((type) => {
    const entry = room.pendingState(type)
    return entry === undefined ? [] : [{ type, state_key: '', sender: entry.sender, content: entry.content }]
  })
  stripped.push({ type: event.type, state_key: event.stateKey ?? '', sender: event.sender, content: event.content })
  return JSON.stringify(stripped)
}
