import { eventIdOf } from '../../../../src/matrix/hashes.ts'
import { roomIdOfCreateEvent, serverNameOf } from '../../../../src/matrix/ids.ts'
import { setOwn, type JsonObject, type JsonValue } from '../../../../src/matrix/json.ts'
import type { RoomVersion } from '../../../../src/matrix/room-versions.ts'
import type { Dice } from './dice.ts'

export interface EventDraft {
  readonly type: string
  readonly sender: string
  readonly stateKey?: string | undefined
  readonly content: JsonObject
  readonly prevEvents?: readonly string[]
  readonly authEvents?: readonly string[]
  readonly depth?: number
  readonly originServerTs?: number
  readonly more?: JsonObject
  /** Servers whose signatures the event bears; the sender's unless told. */
  readonly signers?: readonly string[]
}

/** An event as it goes between servers. Its hash and signatures are only of the right form, since no rule looks into them. */
export function wireEvent(dice: Dice, version: RoomVersion, roomId: string, draft: EventDraft): JsonObject {
  const server = serverNameOf(draft.sender) ?? 'a.test'
  const reference = (eventId: string): JsonValue => version.eventFormat === 'v1' ? [eventId, { sha256: 'AAAA' }] : eventId
  const signatures: Record<string, JsonValue> = {}
  for (const signer of draft.signers ?? [server]) signatures[signer] = { 'ed25519:1': dice.text(86) }
  const event: Record<string, JsonValue> = {
    type: draft.type,
    sender: draft.sender,
    content: draft.content,
    prev_events: (draft.prevEvents ?? ['$previous:a.test']).map(reference),
    auth_events: (draft.authEvents ?? []).map(reference),
    depth: draft.depth ?? 5,
    origin_server_ts: draft.originServerTs ?? 1_700_000_000_000 + dice.below(1000),
    hashes: { sha256: dice.text(43) },
    signatures,
  }
  if (draft.stateKey !== undefined) event['state_key'] = draft.stateKey
  if (version.eventIdFormat === 'given') event['event_id'] = `$${dice.text(12)}:${server}`
  if (!(version.roomIdFromCreateEvent && draft.type === 'm.room.create')) event['room_id'] = roomId
  for (const [key, value] of Object.entries(draft.more ?? {})) setOwn(event, key, value)
  return event
}

export function idOf(event: JsonObject, version: RoomVersion): string {
  const eventId = eventIdOf(event, version)
  if (eventId === undefined) throw new Error('An event without an id.')
  return eventId
}

/** The id of the room that a create event begins. */
export function roomIdOf(create: JsonObject, version: RoomVersion): string {
  return version.roomIdFromCreateEvent ? roomIdOfCreateEvent(idOf(create, version)) : String(create['room_id'])
}
