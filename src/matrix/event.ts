import { canonicalJson } from './canonical-json.ts'
import { eventIdOf } from './hashes.ts'
import {
  createEventIdOfRoom, fits255Bytes, fits255Characters, isEventId, isHashRoomId, isRoomId, isUserId, roomIdOfCreateEvent, serverNameOf,
} from './ids.ts'
import { findNonCanonical, isJsonObject, isRawNumber, ownValue, type JsonObject, type JsonValue } from './json.ts'
import type { RoomVersion } from './room-versions.ts'

/** Sizes that every event keeps (Client-Server API, Size limits; each room version, Event format). */
export const EVENT_BYTES_MAX = 65_536
const PREV_EVENTS_MAX = 20
const AUTH_EVENTS_MAX = 10
/** In rooms whose version does not measure bytes. */
const MEASURED_IN_CHARACTERS: ReadonlySet<string> = new Set(['type', 'state_key'])
const DEPTH_MAX_BEFORE_STRICT_JSON = 2n ** 63n - 1n

/** An event of a room as the rules look at it. `json` is the event in the federation format. */
export interface Pdu {
  readonly eventId: string
  readonly roomId: string
  readonly type: string
  readonly sender: string
  /** Undefined for an event that is no state. */
  readonly stateKey: string | undefined
  readonly content: JsonObject
  readonly prevEvents: readonly string[]
  readonly authEvents: readonly string[]
  readonly depth: number
  readonly originServerTs: number
  readonly json: JsonObject
}

export type ReadPdu =
  | { readonly ok: true, readonly pdu: Pdu }
  | { readonly ok: false, readonly reason: 'too-large' | 'bad-format', readonly message: string }

/**
 * Check 1 on receipt of a PDU: the event has the format of its room version (Server-Server API, Checks performed on
 * receipt of a PDU). Signatures and hashes are `verifyEvent`'s.
 */
export function readPdu(json: JsonObject, version: RoomVersion): ReadPdu {
  const problem = findFormatProblem(json, version)
  if (problem !== undefined) return badFormat(problem)
  const nonCanonical = version.strictCanonicalJson ? findNonCanonical(json) : undefined
  if (nonCanonical !== undefined) return badFormat(nonCanonical)
  const tooLong = findTooLong(json, version)
  if (tooLong !== undefined) return { ok: false, reason: 'too-large', message: `${tooLong} is too long.` }
  if (byteLengthOf(wireText(json)) > EVENT_BYTES_MAX) {
    return { ok: false, reason: 'too-large', message: `The event is larger than ${EVENT_BYTES_MAX} bytes.` }
  }
  const pdu = pduOf(json, version)
  const isIdComplete = version.eventIdFormat !== 'given' || serverNameOf(pdu.eventId) !== undefined
  if (!isEventId(pdu.eventId) || !isIdComplete) return badFormat('event_id is no event id.')
  if (!isRoomId(pdu.roomId)) return badFormat('room_id is no room id.')
  return { ok: true, pdu }
}

/**
 * The event of a JSON that was checked before, as those of our own store were. With `eventId` nothing is hashed.
 * Fields of the wrong type become empty rather than throw.
 */
export function pduOf(json: JsonObject, version: RoomVersion, knownEventId?: string): Pdu {
  const eventId = knownEventId ?? eventIdOf(json, version) ?? ''
  const type = stringOf(ownValue(json, 'type'))
  const content = ownValue(json, 'content')
  const roomId = ownValue(json, 'room_id')
  const stateKey = ownValue(json, 'state_key')
  return {
    eventId,
    // The create event of such a room cannot state the id that it gives the room (room version 12, Event format).
    roomId: roomId === undefined && version.roomIdFromCreateEvent ? roomIdOfCreateEvent(eventId) : stringOf(roomId),
    type,
    sender: stringOf(ownValue(json, 'sender')),
    stateKey: typeof stateKey === 'string' ? stateKey : undefined,
    content: isJsonObject(content) ? content : {},
    prevEvents: referencesOf(ownValue(json, 'prev_events'), version),
    authEvents: referencesOf(ownValue(json, 'auth_events'), version),
    depth: integerOf(ownValue(json, 'depth')),
    originServerTs: integerOf(ownValue(json, 'origin_server_ts')),
    json,
  }
}

/** The create event's id that authorizes the event in a room whose id is that hash, or undefined in other rooms. */
export function impliedCreateEvent(pdu: Pick<Pdu, 'roomId' | 'type'>, version: RoomVersion): string | undefined {
  const implied = version.roomIdFromCreateEvent && pdu.type !== 'm.room.create' && isHashRoomId(pdu.roomId)
  return implied ? createEventIdOfRoom(pdu.roomId) : undefined
}

/** The event as it goes to other servers and counts for the size limit: canonical, with signatures, without `unsigned`. */
export function wireText(json: JsonObject): string {
  if (!Object.hasOwn(json, 'unsigned')) return canonicalJson(json)
  const { unsigned: _, ...wire } = json
  return canonicalJson(wire)
}

function findFormatProblem(json: JsonObject, version: RoomVersion): string | undefined {
  const type = ownValue(json, 'type')
  const stateKey = ownValue(json, 'state_key')
  const roomId = ownValue(json, 'room_id')
  const unsigned = ownValue(json, 'unsigned')
  const hashes = ownValue(json, 'hashes')
  if (typeof type !== 'string') return 'type is no string.'
  if (stateKey !== undefined && typeof stateKey !== 'string') return 'state_key is no string.'
  if (!isUserId(ownValue(json, 'sender'))) return 'sender is no user id.'
  if (!isJsonObject(ownValue(json, 'content'))) return 'content is no object.'
  if (!isTimestamp(ownValue(json, 'origin_server_ts'))) return 'origin_server_ts is no integer.'
  if (!isDepth(ownValue(json, 'depth'), version)) return 'depth is no integer of the allowed range.'
  if (!isJsonObject(hashes) || typeof ownValue(hashes, 'sha256') !== 'string') return 'hashes has no sha256.'
  if (!areSignatures(ownValue(json, 'signatures'))) return 'signatures is no object of objects of strings.'
  if (unsigned !== undefined && !isJsonObject(unsigned)) return 'unsigned is no object.'
  const givesRoomId = version.roomIdFromCreateEvent && type === 'm.room.create' && stateKey === ''
  if (typeof roomId !== 'string' && !(roomId === undefined && givesRoomId)) return 'room_id is no string.'
  if (!areReferences(ownValue(json, 'prev_events'), version, PREV_EVENTS_MAX)) return 'prev_events is no list of up to 20 events.'
  if (!areReferences(ownValue(json, 'auth_events'), version, AUTH_EVENTS_MAX)) return 'auth_events is no list of up to 10 events.'
  if (version.redactsIn === 'event' && !isStringOrNothing(ownValue(json, 'redacts'))) return 'redacts is no string.'
  return undefined
}

function findTooLong(json: JsonObject, version: RoomVersion): string | undefined {
  for (const key of ['type', 'state_key', 'sender', 'room_id', 'event_id']) {
    const value = ownValue(json, key)
    const isMeasured = version.measuresBytes || !MEASURED_IN_CHARACTERS.has(key)
    if (typeof value === 'string' && !(isMeasured ? fits255Bytes(value) : fits255Characters(value))) return key
  }
  return undefined
}

/** Room versions 1 and 2 state pairs of id and hashes, all others ids alone. */
function areReferences(value: JsonValue | undefined, version: RoomVersion, max: number): boolean {
  if (!Array.isArray(value) || value.length > max) return false
  return value.every((reference) => isEventId(referenceOf(reference, version)))
}

function referencesOf(value: JsonValue | undefined, version: RoomVersion): readonly string[] {
  if (!Array.isArray(value)) return []
  if (version.eventFormat === 'v3' && value.every((reference) => typeof reference === 'string')) return value
  return value.flatMap((reference) => referenceOf(reference, version) ?? [])
}

function referenceOf(reference: JsonValue, version: RoomVersion): string | undefined {
  const [id, hashes, ...more] = version.eventFormat === 'v1' && Array.isArray(reference) ? reference : [reference]
  const isWhole = version.eventFormat === 'v3' || (isJsonObject(hashes) && more.length === 0)
  return isWhole && typeof id === 'string' ? id : undefined
}

function areSignatures(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && Object.values(value).every((ofServer) =>
    isJsonObject(ofServer) && Object.values(ofServer).every((signature) => typeof signature === 'string'))
}

function isDepth(value: JsonValue | undefined, version: RoomVersion): boolean {
  const text = isRawNumber(value) ? value.rawJSON : typeof value === 'number' ? String(value) : ''
  if (!/^\d+$/.test(text)) return false
  return BigInt(text) <= (version.strictCanonicalJson ? BigInt(Number.MAX_SAFE_INTEGER) : DEPTH_MAX_BEFORE_STRICT_JSON)
}

function isTimestamp(value: JsonValue | undefined): boolean {
  return Number.isInteger(value) || (isRawNumber(value) && /^-?\d+$/.test(value.rawJSON))
}

/** Some servers write what they do not have as null. */
function isStringOrNothing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || typeof value === 'string'
}

function integerOf(value: JsonValue | undefined): number {
  const number = isRawNumber(value) ? Number(value.rawJSON) : value
  return typeof number === 'number' && Number.isInteger(number) ? number : 0
}

function stringOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function byteLengthOf(text: string): number {
  return text.length * 3 <= EVENT_BYTES_MAX ? text.length : Buffer.byteLength(text)
}

function badFormat(message: string): ReadPdu {
  return { ok: false, reason: 'bad-format', message }
}
