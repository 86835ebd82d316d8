import { isEventId } from '../matrix/ids.ts'
import { canonicalJson } from '../matrix/canonical-json.ts'
import type { ChainPlace } from '../matrix/auth-chains/chain-cover.ts'
import { objectAt, ownValue, type JsonObject, type JsonValue } from '../matrix/json.ts'
import { redactEvent } from '../matrix/redaction.ts'
import { dayOf } from '../store/rooms/event-bodies.ts'
import { WITHOUT_ITSELF } from '../store/rooms/room-heads.ts'
import type { HotRows, HotValue } from '../store/hot-rows.ts'
import type { BuiltEvent, LogChange, Standing } from './draft.ts'
import { EVENT_STATUSES } from './room-event.ts'
import type { Room } from './room.ts'

const STATE_CLASS = 0
const NOTHING = 0
const MXC = /^mxc:\/\/[^/]+\/[^/]+$/

type Rows = { -readonly [name in keyof HotRows]-?: HotValue[][] }
type BuiltRows = Pick<Rows, 'events' | 'event_bodies' | 'event_media' | 'ended_state' | 'state_log' | 'memberships' | 'redactions'
  | 'placed_events' | 'state_branches' | 'state_branch_log' | 'event_gaps' | 'closed_gaps' | 'history_breaks'>

/** Port: how the bodies of messages are stored. */
export interface MessageClasses {
  /** The class of a message that the room got at this time: it is kept, or goes some time after its day. */
  classOf(room: number, receivedAt: number): number
  /** A message of the room is stored already, in whatever class. */
  misplace(room: number): void
}

/** How events are stored, besides what they are. */
export interface Storing {
  readonly classes: MessageClasses
  /** Where those of them stand that have a place in the room's auth chains. */
  readonly places: ReadonlyMap<number, ChainPlace>
}

/** The rows of events that were built one upon the other, the first of them at position `first`. */
export function eventRows(room: Room, events: readonly BuiltEvent[], first: number, { classes, places }: Storing): HotRows {
  const rows: BuiltRows = {
    events: [], event_bodies: [], event_media: [], ended_state: [], state_log: [], memberships: [], redactions: [],
    placed_events: [], state_branches: [], state_branch_log: [], event_gaps: [], closed_gaps: [],
    history_breaks: [],
  }
  events.forEach((event, index) => {
    const pos = first + index
    if (event.standing?.wasOutlier === true) {
      rows.placed_events.push(placedRow(event, event.standing, pos))
      if (event.pdu.stateKey === undefined) classes.misplace(room.nid)
    } else {
      const bodyClass = event.pdu.stateKey === undefined ? classes.classOf(room.nid, event.receivedAt) : STATE_CLASS
      rows.events.push([...headerRow(room, event, pos, bodyClass), ...placeColumns(places.get(event.nid))])
      rows.event_bodies.push([event.nid, bodyClass, dayOf(event.receivedAt), storedForm(event, room)])
    }
    for (const mxc of listMedia(event.pdu.content)) rows.event_media.push([mxc, event.nid])
    if (event.standing === undefined) addState(rows, room, event, pos)
    else addStanding(rows, room, event, event.standing, pos)
    const { target } = event.prepared
    if (target !== undefined) rows.redactions.push([target.eventId, event.pdu.eventId])
    if (event.redactedBy !== undefined) rows.redactions.push([event.pdu.eventId, event.redactedBy])
  })
  return { ...rows, auth_chain_links: chainLinkRows(room.nid, places) }
}

/** Of what was redacted before it came nobody needs the original. */
function storedForm({ redactedBy, canonical, pdu }: BuiltEvent, { version }: Room): string {
  return redactedBy === undefined ? canonical : canonicalJson(redactEvent(pdu.json, version))
}

/** The last columns of an event: its place in the auth chains. */
function placeColumns(place: ChainPlace | undefined): HotValue[] {
  return [place?.chain ?? null, place?.seq ?? null]
}

function chainLinkRows(room: number, places: ReadonlyMap<number, ChainPlace>): HotValue[][] {
  return [...places.values()].flatMap(({ chain, seq, links }) => links.map((to) => [room, chain, seq, to.chain, to.seq]))
}

function addState(rows: BuiltRows, room: Room, event: BuiltEvent, pos: number): void {
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

/** What a received event brings besides itself: how the state changes, where its own state is told, what is missing before it. */
function addStanding(rows: BuiltRows, room: Room, event: BuiltEvent, standing: Standing, pos: number): void {
  addLog(rows, room.nid, standing.log, pos, event)
  const { opens, steps, missing, place, isBehind } = standing
  const isAccepted = standing.status === 'accepted'
  if (opens !== undefined) {
    rows.state_branches.push([event.nid, room.nid, opens.parent.branch, opens.parent.at, opens.depth, opens.isTold])
  }
  for (const { branch, seq, key, entry } of steps) {
    rows.state_branch_log.push([branch, room.nid, key, seq, entry?.nid ?? null, entry?.membership ?? null])
  }
  if (isAccepted) for (const eventId of missing) rows.event_gaps.push([room.nid, event.nid, eventId])
  if (breaksHistory(standing)) rows.history_breaks.push([room.nid, pos])
  // Behind what nobody is shown there may be more: it is missing before what comes next.
  const inherited = isAccepted ? [] : missing
  if (place !== undefined || isBehind) rows.closed_gaps.push([room.nid, event.nid, event.pdu.eventId, JSON.stringify(inherited)])
}

/** Whether who follows the room live does not get what was said just before. */
export function breaksHistory({ status, place, missing }: Standing): boolean {
  return status === 'accepted' && place === undefined && missing.length > 0
}

type LogRows = Pick<BuiltRows, 'ended_state' | 'state_log' | 'memberships'>

/** The rows of changes of a room's state at a position. */
export function logRows(room: number, log: readonly LogChange[], pos: number): LogRows {
  const rows: LogRows = { ended_state: [], state_log: [], memberships: [] }
  addLog(rows, room, log, pos)
  return rows
}

function addLog(rows: LogRows, room: number, log: readonly LogChange[], pos: number, event?: BuiltEvent): void {
  for (const { key, nid, replacedNid, membership, localMember } of log) {
    if (replacedNid !== undefined) rows.ended_state.push([room, key, pos])
    // An entry that ends without a successor leaves a row that holds for no time, so that it is seen when something changed.
    rows.state_log.push([room, key, pos, nid === undefined ? pos : null, nid ?? replacedNid ?? NOTHING, membership])
    if (localMember === undefined) continue
    const stripped = nid !== undefined && nid === event?.nid ? event.strippedState : undefined
    rows.memberships.push([localMember, room, membership ?? 'leave', nid ?? replacedNid ?? NOTHING, pos, stripped ?? null])
  }
}

/** Whether others may see where an event stands: one that was rejected or failed softly stands nowhere. */
function placeOf({ standing }: BuiltEvent, pos: number): readonly [pos: number | null, offset: number] {
  if (standing === undefined) return [pos, 0]
  if (standing.status !== 'accepted') return [null, 0]
  return standing.place === undefined ? [pos, 0] : [standing.place.pos, standing.place.offset]
}

const livePos = ({ standing }: BuiltEvent, pos: number): number | null => standing?.place === undefined ? pos : null
const statusOf = ({ standing }: BuiltEvent): number => EVENT_STATUSES.indexOf(standing?.status ?? 'accepted')

/** The other extremities, of an event that is one; of one behind others all of them, marked as such. */
function otherExtremities({ nid, change, standing }: BuiltEvent): string | null {
  const others = change.extremities.filter((each) => each.nid !== nid)
  const isBehind = standing?.isBehind === true && standing.status === 'accepted' && standing.place === undefined
  if (isBehind) return arrayOf([WITHOUT_ITSELF, ...others.map((each) => each.nid)])
  return others.length === 0 || others.length === change.extremities.length ? null : arrayOf(others.map((each) => each.nid))
}

function placedRow(event: BuiltEvent, { branch }: Standing, pos: number): HotValue[] {
  return [
    event.nid, livePos(event, pos), ...placeOf(event, pos), statusOf(event), arrayOf(event.prevNids), arrayOf(event.authNids),
    event.replacesNid ?? null, otherExtremities(event), ...relationColumns(event), branch?.branch ?? null, branch?.at ?? null,
  ]
}

/** What an event says of others. */
function relationColumns({ prepared: { draft, relation, threadRoot } }: BuiltEvent): HotValue[] {
  return [relation?.relType ?? null, relation?.eventId ?? null, threadRoot ?? null, isEventId(draft.redacts) ? draft.redacts : null]
}

/** The database holds whole numbers up to these; what others say may be greater in the older room versions. */
export function storable(number: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number))
}

function headerRow(room: Room, event: BuiltEvent, pos: number, bodyClass: number): HotValue[] {
  const { prepared, pdu, standing } = event
  const { draft } = prepared
  return [
    event.nid, pdu.eventId, room.nid, prepared.senderNid, prepared.key, pdu.stateKey !== undefined, livePos(event, pos),
    ...placeOf(event, pos), storable(pdu.depth), storable(pdu.originServerTs), event.receivedAt, statusOf(event),
    arrayOf(event.prevNids), arrayOf(event.authNids), event.replacesNid ?? null, otherExtremities(event),
    ...relationColumns(event), bodyClass, draft.deviceId ?? null, draft.txnId ?? null,
    standing?.branch?.branch ?? null, standing?.branch?.at ?? null,
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
