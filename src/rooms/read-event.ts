import { redactEvent, redactsOf } from '../matrix/redaction.ts'
import { findRoomVersion, type RoomVersion } from '../matrix/room-versions.ts'
import { isJsonObject, parseJson, LOSSLESS, type JsonObject } from '../matrix/json.ts'
import type { StoredRow } from '../store/events.ts'
import { EVENT_STATUSES, type RoomEvent } from './room-event.ts'

/** What a header says about an event besides the event itself. */
export type EventHeader = Pick<RoomEvent, 'nid' | 'eventId' | 'room' | 'roomId' | 'senderNid' | 'depth' | 'pos' | 'place' | 'status'
  | 'redactedBy' | 'replacesNid' | 'relType' | 'relatesTo' | 'threadRoot' | 'deviceId' | 'txnId'>

/** The event behind a row; undefined when its body was purged. */
export function readStoredEvent(row: StoredRow): RoomEvent | undefined {
  const version = findRoomVersion(row.version)
  if (row.json === null || version === undefined) return undefined
  const parsed = parseJson(row.json, LOSSLESS)
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined
  const header: EventHeader = {
    nid: row.nid,
    eventId: row.event_id,
    room: row.room_nid,
    roomId: row.room_id,
    senderNid: row.sender_nid,
    depth: row.depth,
    pos: row.pos ?? undefined,
    place: { pos: row.place_pos ?? 0, offset: row.place_offset },
    status: EVENT_STATUSES[row.status] ?? 'rejected',
    redactedBy: row.redacted_by ?? undefined,
    replacesNid: row.replaces_nid ?? undefined,
    relType: row.rel_type ?? undefined,
    relatesTo: row.relates_to ?? undefined,
    threadRoot: row.thread_root ?? undefined,
    deviceId: row.device_id ?? undefined,
    txnId: row.txn_id ?? undefined,
  }
  return describeEvent(header, parsed.value, version)
}

/** Puts a signed event and its header together as it is served; the event is redacted first if the header says so. */
export function describeEvent(header: EventHeader, signed: JsonObject, version: RoomVersion): RoomEvent {
  const pdu = header.redactedBy === undefined ? signed : redactEvent(signed, version)
  const content = isJsonObject(pdu['content']) ? pdu['content'] : {}
  const redacts = redactsOf(pdu, version)
  const stateKey = pdu['state_key']
  return {
    ...header,
    version: version.id,
    sender: String(pdu['sender']),
    type: String(pdu['type']),
    stateKey: typeof stateKey === 'string' ? stateKey : undefined,
    content,
    originServerTs: Number(pdu['origin_server_ts']),
    redacts,
    pdu,
    text: openText(header.eventId, pdu, content, redacts),
  }
}

/**
 * Clients see `redacts` of a redaction both at the top level and in the content, whatever the room version
 * (Rooms, version 11, "Redactions").
 */
function openText(eventId: string, pdu: JsonObject, content: JsonObject, redacts: string | undefined): string {
  const shown: Record<string, unknown> = {
    content: redacts === undefined ? content : { ...content, redacts },
    event_id: eventId,
    origin_server_ts: pdu['origin_server_ts'],
    sender: pdu['sender'],
    type: pdu['type'],
  }
  if (pdu['state_key'] !== undefined) shown['state_key'] = pdu['state_key']
  if (redacts !== undefined) shown['redacts'] = redacts
  return JSON.stringify(shown).slice(0, -1)
}
