import { canonicalJson } from './canonical-json.ts'
import { EVENT_BYTES_MAX, pduOf, type Pdu } from './event.ts'
import { contentHash, eventIdOfSignedText, eventSignedText } from './hashes.ts'
import { fits255Bytes } from './ids.ts'
import { findNonCanonical, type JsonObject, type JsonValue, type MutableJsonObject } from './json.ts'
import type { RoomVersion } from './room-versions.ts'
import { signText, withSignature, type SigningKey } from './signing.ts'

/** What we say in an event of ours. Everything else is computed. */
export interface EventFields {
  readonly type: string
  readonly sender: string
  /** Absent in the create event of a room whose id is its hash. */
  readonly roomId?: string
  readonly stateKey?: string
  readonly content: JsonObject
  readonly prevEvents: readonly string[]
  readonly authEvents: readonly string[]
  readonly depth: number
  readonly originServerTs: number
  /** The target of a redaction in rooms where the event itself names it (up to version 10). */
  readonly redacts?: string
  /** The id, in room versions 1 and 2 alone; if undefined one is made of what the event says. */
  readonly eventId?: string
}

export interface BuildEventInput {
  readonly version: RoomVersion
  readonly fields: EventFields
  readonly serverName: string
  readonly key: SigningKey
  /** Reference hash of an event in unpadded Base64, which references of room versions 1 and 2 carry. */
  readonly referenceHashOf?: (eventId: string) => string | undefined
}

export type BuiltEvent =
  | { readonly ok: true, readonly pdu: Pdu, readonly canonical: string }
  | { readonly ok: false, readonly reason: 'too-large' | 'bad-json', readonly message: string }

/**
 * Builds an event of ours: content hash, signature, id and size checks (Server-Server API, Adding hashes and signatures
 * to outgoing events; Client-Server API, Size limits). `canonical` is the text to store and to send.
 */
export function buildEvent({ version, fields, serverName, key, referenceHashOf }: BuildEventInput): BuiltEvent {
  const { type, sender, roomId, stateKey } = fields
  for (const [name, value] of Object.entries({ type, sender, room_id: roomId, state_key: stateKey })) {
    if (value !== undefined && !fits255Bytes(value)) return tooLarge(`${name} is longer than 255 bytes.`)
  }
  // Nothing that another server would refuse or read differently gets our signature, whatever the room version allows.
  const problem = findNonCanonical(fields.content) ?? findIllFormed([type, sender, stateKey ?? ''])
  if (problem !== undefined) return { ok: false, reason: 'bad-json', message: problem }
  const event = wireFields(version, fields, referenceHashOf)
  const givenId = fields.eventId ?? `$${contentHash(event).replaceAll('+', '-').replaceAll('/', '_')}:${serverName}`
  if (version.eventIdFormat === 'given') event['event_id'] = givenId
  event['hashes'] = { sha256: contentHash(event) }
  const text = eventSignedText(event, version)
  const signed = withSignature(event, serverName, { keyId: key.keyId, signature: signText(text, key) })
  const canonical = canonicalJson(signed)
  if (canonical.length > EVENT_BYTES_MAX || Buffer.byteLength(canonical) > EVENT_BYTES_MAX) {
    return tooLarge(`The event is larger than ${EVENT_BYTES_MAX} bytes.`)
  }
  const eventId = version.eventIdFormat === 'given' ? givenId : eventIdOfSignedText(text, version)
  return { ok: true, pdu: pduOf(signed, version, eventId), canonical }
}

/** What an event says, before it has an id, hashes and signatures; what is to be sent to who has to complete it, too. */
export function wireFields(
  version: RoomVersion, fields: EventFields, referenceHashOf: BuildEventInput['referenceHashOf'],
): MutableJsonObject {
  const reference = (eventId: string): JsonValue => {
    if (version.eventFormat === 'v3') return eventId
    const sha256 = referenceHashOf?.(eventId)
    return [eventId, sha256 === undefined ? {} : { sha256 }]
  }
  const event: MutableJsonObject = {
    auth_events: fields.authEvents.map(reference),
    content: fields.content,
    depth: fields.depth,
    origin_server_ts: fields.originServerTs,
    prev_events: fields.prevEvents.map(reference),
    sender: fields.sender,
    type: fields.type,
  }
  if (fields.roomId !== undefined) event['room_id'] = fields.roomId
  if (fields.stateKey !== undefined) event['state_key'] = fields.stateKey
  if (fields.redacts !== undefined && version.redactsIn === 'event') event['redacts'] = fields.redacts
  return event
}

function findIllFormed(texts: readonly string[]): string | undefined {
  return texts.every((text) => text.isWellFormed()) ? undefined : 'A string holds half of a surrogate pair.'
}

function tooLarge(message: string): BuiltEvent {
  return { ok: false, reason: 'too-large', message }
}
