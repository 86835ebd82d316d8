import { clientEvent } from '../../matrix/client-event.ts'
import { pduOf } from '../../matrix/event.ts'
import { redactEvent, redactsOf } from '../../matrix/redaction.ts'
import { findRoomVersion, type RoomVersion } from '../../matrix/room-versions.ts'
import { isJsonObject, parseJson, LOSSLESS, type JsonObject } from '../../matrix/json.ts'
import type { StoredRow } from '../../store/rooms/events.ts'
import { EVENT_STATUSES, type RoomEvent } from '../room-event.ts'

/** What a header says about an event besides the event itself. */
export type EventHeader = Pick<RoomEvent, 'nid' | 'eventId' | 'room' | 'roomId' | 'senderNid' | 'depth' | 'receivedAt' | 'pos' | 'place'
  | 'branch' | 'status' | 'redactedBy' | 'replacesNid' | 'relType' | 'relatesTo' | 'threadRoot' | 'deviceId' | 'txnId'>

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
    receivedAt: row.received_at,
    pos: row.pos ?? undefined,
    place: { pos: row.place_pos ?? 0, offset: row.place_offset },
    branch: row.state_branch === null ? undefined : { branch: row.state_branch, at: row.state_seq ?? 0 },
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
  const json = header.redactedBy === undefined ? signed : redactEvent(signed, version)
  const pdu = pduOf(json, version, header.eventId)
  const isRedaction = pdu.type === 'm.room.redaction'
  return {
    ...header,
    version: version.id,
    sender: pdu.sender,
    type: pdu.type,
    stateKey: pdu.stateKey,
    content: pdu.content,
    originServerTs: pdu.originServerTs,
    redacts: isRedaction ? redactsOf(json, version) : undefined,
    pdu: json,
    text: JSON.stringify(clientEvent(pdu, version, { withRoomId: false })).slice(0, -1),
  }
}
