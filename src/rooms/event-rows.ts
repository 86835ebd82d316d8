import { isEventId } from '../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../matrix/json.ts'
import type { HotRows, HotValue } from '../store/hot-rows.ts'
import type { BuiltEvent } from './draft.ts'
import type { Room } from './room.ts'

const DAY_MS = 86_400_000
const STATE_CLASS = 0
const KEPT_CLASS = 1
const MXC = /^mxc:\/\/[^/]+\/[^/]+$/

type Rows = { -readonly [name in keyof HotRows]-?: HotValue[][] }

/** The rows of events that were built one upon the other, the first of them at position `first`. */
export function eventRows(room: Room, events: readonly BuiltEvent[], first: number): HotRows {
  const rows: Pick<Rows, 'events' | 'event_bodies' | 'event_media' | 'ended_state' | 'state_log' | 'memberships' | 'redactions'> = {
    events: [], event_bodies: [], event_media: [], ended_state: [], state_log: [], memberships: [], redactions: [],
  }
  events.forEach((event, index) => {
    const pos = first + index
    rows.events.push(headerRow(room, event, pos))
    rows.event_bodies.push([event.nid, bodyClass(event), Math.floor(event.receivedAt / DAY_MS), event.canonical])
    for (const mxc of listMedia(event.pdu.content)) rows.event_media.push([mxc, event.nid])
    addState(rows, room, event, pos)
    const { target } = event.prepared
    if (target !== undefined) rows.redactions.push([target.eventId, event.pdu.eventId])
  })
  return rows
}

function addState(rows: Pick<Rows, 'ended_state' | 'state_log' | 'memberships'>, room: Room, event: BuiltEvent, pos: number): void {
  const { state, member } = event.change
  const entry = state ?? member
  if (entry === undefined) return
  if (event.replacesNid !== undefined) rows.ended_state.push([room.nid, entry.key, pos])
  rows.state_log.push([room.nid, entry.key, pos, null, event.nid, member?.membership ?? null])
  const { localMember } = event.prepared
  if (member !== undefined && localMember !== undefined) {
    rows.memberships.push([localMember, room.nid, member.membership, event.nid, pos, event.strippedState ?? null])
  }
}

function bodyClass(event: BuiltEvent): number {
  return event.pdu.stateKey === undefined ? KEPT_CLASS : STATE_CLASS
}

function headerRow(room: Room, event: BuiltEvent, pos: number): HotValue[] {
  const { prepared, pdu } = event
  const { draft, relation } = prepared
  return [
    event.nid, pdu.eventId, room.nid, prepared.senderNid, prepared.key, pdu.stateKey !== undefined, pos, pos, 0, pdu.depth,
    pdu.originServerTs, event.receivedAt, 0, arrayOf(event.prevNids), arrayOf(event.authNids), event.replacesNid ?? null, null,
    relation?.relType ?? null, relation?.eventId ?? null, prepared.threadRoot ?? null,
    isEventId(draft.redacts) ? draft.redacts : null, bodyClass(event), draft.deviceId ?? null, draft.txnId ?? null,
  ]
}

const arrayOf = (numbers: readonly number[]): string => `{${numbers.join(',')}}`

/** The media that an event shows where the specification has places for them. */
function listMedia(content: JsonObject): Set<string> {
  const info = objectAt(content, 'info')
  const found: (JsonValue | undefined)[] = [
    ownValue(content, 'url'),
    ownValue(content, 'avatar_url'),
    ownValue(objectAt(content, 'file'), 'url'),
    ownValue(info, 'thumbnail_url'),
    ownValue(objectAt(info, 'thumbnail_file'), 'url'),
  ]
  return new Set(found.filter((value) => typeof value === 'string').filter(isStorableMxc))
}

const isStorableMxc = (value: string): boolean => value.length <= 512 && MXC.test(value) && !value.includes('\0')

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = ownValue(object, key)
  return isJsonObject(value) ? value : {}
}
