import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../database.ts'
import { EXPIRING_CLASS, listExpiringBodies } from './event-bodies.ts'

/** An event as it is stored: its header, the names behind its numbers, and its body. */
export interface StoredRow {
  readonly nid: number
  readonly event_id: string
  readonly room_nid: number
  readonly room_id: string
  readonly version: string
  readonly sender_nid: number
  readonly is_state: boolean
  readonly pos: number | null
  readonly place_pos: number | null
  readonly place_offset: number
  readonly state_branch: number | null
  readonly state_seq: number | null
  readonly depth: number
  readonly received_at: number
  readonly status: number
  readonly replaces_nid: number | null
  readonly rel_type: string | null
  readonly relates_to: string | null
  readonly thread_root: string | null
  readonly redacted_by: string | null
  readonly device_id: string | null
  readonly txn_id: string | null
  readonly body_class: number
  /** The signed event as canonical JSON; null when the body was purged. */
  readonly json: string | null
}

const COLUMNS = sql.raw(`events.nid, events.event_id, events.room_nid, rooms.room_id, rooms.version, events.sender_nid, events.is_state,
  events.pos, events.place_pos, events.place_offset, events.state_branch, events.state_seq, events.depth, events.received_at,
  events.status, events.replaces_nid, events.rel_type, events.relates_to, events.thread_root, events.redacted_by, events.device_id,
  events.txn_id, events.body_class, event_bodies.json`)

// Bodies that expire are in a table for each day. They are read apart, by days that are known when the statement is planned: it
// would cost as much as there are days otherwise.
const JOINS = sql.raw(`join rooms on rooms.nid = events.room_nid
  left join event_bodies on event_bodies.event_nid = events.nid and event_bodies.body_class in (0, 1)
    and event_bodies.body_class = events.body_class and event_bodies.received_day = (events.received_at / 86400000)::int`)

/** The events with these numbers, in no particular order. */
export async function listEvents(db: Db, nids: readonly number[]): Promise<StoredRow[]> {
  if (nids.length === 0) return []
  const result = await sql<StoredRow>`select ${COLUMNS} from events ${JOINS} where events.nid = any(${nids}::bigint[])`.execute(db)
  const expiring = result.rows.filter((row) => row.body_class === EXPIRING_CLASS)
  if (expiring.length === 0) return result.rows
  const bodies = await listExpiringBodies(db, expiring)
  return result.rows.map((row) => ({ ...row, json: row.json ?? bodies.get(row.nid) ?? null }))
}

/** The numbers of those of the events that are known. */
export async function findEventNids(db: Db, eventIds: readonly string[]): Promise<Map<string, number>> {
  if (eventIds.length === 0) return new Map()
  const result = await sql<{ nid: number, event_id: string }>`
    select nid, event_id from events where event_id = any(${eventIds}::text[])`.execute(db)
  return new Map(result.rows.map((row) => [row.event_id, row.nid]))
}

/** Where an event stands in its room. */
export interface Place { readonly pos: number, readonly offset: number }

export interface TimelineQuery {
  readonly room: number
  /** Events strictly beyond this place, in the direction of reading. */
  readonly beyond: Place
  /** And not beyond this one. */
  readonly until?: Place | undefined
  readonly direction: 'b' | 'f'
  readonly limit: number
  readonly types?: readonly string[] | undefined
  readonly notTypes?: readonly string[] | undefined
  readonly senders?: readonly number[] | undefined
  readonly notSenders?: readonly number[] | undefined
  /** Only events to which others relate, in one of these ways or sent by one of these users. */
  readonly relatedByTypes?: readonly string[] | undefined
  readonly relatedBySenders?: readonly number[] | undefined
}

/** The numbers and places of a room's accepted events, read from a place on. Type filters are LIKE patterns. */
export async function listTimeline(db: Db, query: TimelineQuery): Promise<{ nid: number, place: Place }[]> {
  const { room, beyond, until, direction, limit } = query
  const back = direction === 'b'
  const start = back
    ? sql`(place_pos, place_offset) < (${beyond.pos}, ${beyond.offset})`
    : sql`(place_pos, place_offset) > (${beyond.pos}, ${beyond.offset})`
  const end = until === undefined ? sql`true` : back
    ? sql`(place_pos, place_offset) >= (${until.pos}, ${until.offset})`
    : sql`(place_pos, place_offset) <= (${until.pos}, ${until.offset})`
  const order = sql.raw(back ? 'place_pos desc, place_offset desc' : 'place_pos, place_offset')
  const result = await sql<{ nid: number, place_pos: number, place_offset: number }>`
    select events.nid, place_pos, place_offset from events
    ${query.types === undefined && query.notTypes === undefined ? sql`` : sql`join state_keys on state_keys.nid = events.key_nid`}
    where room_nid = ${room} and place_pos is not null and status = 0 and ${start} and ${end}
      and ${query.types === undefined ? sql`true` : sql`state_keys.type like any(${query.types}::text[])`}
      and ${query.notTypes === undefined ? sql`true` : sql`not state_keys.type like any(${query.notTypes}::text[])`}
      and ${query.senders === undefined ? sql`true` : sql`sender_nid = any(${query.senders}::int[])`}
      and ${query.notSenders === undefined ? sql`true` : sql`not sender_nid = any(${query.notSenders}::int[])`} and ${isRelatedTo(query)}
    order by ${order} limit ${limit}`.execute(db)
  return result.rows.map((row) => ({ nid: row.nid, place: { pos: row.place_pos, offset: row.place_offset } }))
}

function isRelatedTo({ relatedByTypes, relatedBySenders }: TimelineQuery): RawBuilder<unknown> {
  if (relatedByTypes === undefined && relatedBySenders === undefined) return sql`true`
  return sql`exists (
    select 1 from events as child
    where child.relates_to = events.event_id and child.room_nid = events.room_nid and child.status = 0 and child.redacted_by is null
      and ${relatedByTypes === undefined ? sql`true` : sql`child.rel_type = any(${relatedByTypes}::text[])`}
      and ${relatedBySenders === undefined ? sql`true` : sql`child.sender_nid = any(${relatedBySenders}::int[])`})`
}
