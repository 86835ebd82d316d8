import type { Pdu } from './event.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue, type MutableJsonObject } from './json.ts'
import { redactsOf } from './redaction.ts'
import type { RoomVersion } from './room-versions.ts'

/** The state that an invite or a knock shows (Client-Server API, Stripped state). */
export const STRIPPED_STATE_TYPES: readonly string[] = [
  'm.room.create', 'm.room.name', 'm.room.avatar', 'm.room.topic', 'm.room.join_rules', 'm.room.canonical_alias',
  'm.room.encryption',
]

/**
 * The event as clients see it, without `unsigned`, which differs by reader (Client-Server API, Room event format). /sync
 * leaves out the room id, since the events stand under their room.
 */
export function clientEvent(pdu: Pdu, version: RoomVersion, { withRoomId }: { readonly withRoomId: boolean }): JsonObject {
  const redacts = pdu.type === 'm.room.redaction' ? redactsOf(pdu.json, version) : undefined
  const event: MutableJsonObject = {
    content: redacts === undefined ? pdu.content : { ...pdu.content, redacts },
    event_id: pdu.eventId,
    origin_server_ts: pdu.originServerTs,
    sender: pdu.sender,
    type: pdu.type,
  }
  if (withRoomId) event['room_id'] = pdu.roomId
  if (pdu.stateKey !== undefined) event['state_key'] = pdu.stateKey
  // Clients look for the target in one place or the other, so it stands in both (room version 11, Moving the redacts property).
  if (redacts !== undefined) event['redacts'] = redacts
  return event
}

/** What of an event stands in its short form. */
export type StrippedSource = Pick<Pdu, 'type' | 'sender' | 'content'> & { readonly stateKey?: string | undefined }

/** The event in the short form of invites and knocks (Client-Server API, Stripped state). */
export function strippedEvent(pdu: StrippedSource): JsonObject {
  return { content: pdu.content, sender: pdu.sender, state_key: pdu.stateKey ?? '', type: pdu.type }
}

/**
 * What of a stripped state that another server sent may be shown: events of the right form, reduced to the four fields,
 * with a string for each of them but the content (Server-Server API, Inviting to a room).
 */
export function readStrippedState(value: JsonValue | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((event) => {
    if (!isJsonObject(event)) return []
    const { content, sender, stateKey, type } = {
      content: ownValue(event, 'content'), sender: ownValue(event, 'sender'), stateKey: ownValue(event, 'state_key'),
      type: ownValue(event, 'type'),
    }
    if (!isJsonObject(content) || typeof sender !== 'string') return []
    return typeof stateKey === 'string' && typeof type === 'string' ? [{ content, sender, state_key: stateKey, type }] : []
  })
}
