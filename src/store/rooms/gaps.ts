import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Place } from './events.ts'

/** An event whose predecessors are not all known. */
export interface GapRow {
  readonly nid: number
  readonly eventId: string
  readonly place: Place
  readonly missing: readonly string[]
}

/** The gaps of a room, those nearest before a place first. */
export async function listGaps(db: Db, room: number, before: Place, limit: number): Promise<GapRow[]> {
  const result = await sql<{ nid: number, event_id: string, place_pos: number, place_offset: number, missing: string[] }>`
    select events.nid, events.event_id, events.place_pos, events.place_offset,
      array_agg(event_gaps.missing_event_id order by event_gaps.missing_event_id) as missing
    from event_gaps join events on events.nid = event_gaps.event_nid
    where event_gaps.room_nid = ${room} and events.place_pos is not null
      and (events.place_pos, events.place_offset) <= (${before.pos}, ${before.offset})
    group by events.nid order by events.place_pos desc, events.place_offset desc limit ${limit}`.execute(db)
  return result.rows.map((row) => ({
    nid: row.nid, eventId: row.event_id, place: { pos: row.place_pos, offset: row.place_offset }, missing: row.missing,
  }))
}

/** Which of these events are missing in their rooms: events that are there name them. By room. */
export async function listMissing(
  db: Db, wishes: readonly { readonly room: number, readonly eventIds: readonly string[] }[],
): Promise<Map<number, Set<string>>> {
  const pairs = wishes.flatMap(({ room, eventIds }) => eventIds.map((eventId) => ({ room, eventId })))
  const result = await sql<{ room_nid: number, missing_event_id: string }>`
    select distinct room_nid, missing_event_id from event_gaps
    join unnest(${pairs.map(({ room }) => room)}::int[], ${pairs.map(({ eventId }) => eventId)}::text[]) as wanted(room, event_id)
      on room_nid = wanted.room and missing_event_id = wanted.event_id`.execute(db)
  const byRoom = Map.groupBy(result.rows, (row) => row.room_nid)
  return new Map([...byRoom].map(([room, rows]) => [room, new Set(rows.map((row) => row.missing_event_id))]))
}

/** The lowest place so far before each live event, where history that was fetched later goes below. */
export async function listLowestOffsets(db: Db, room: number, positions: readonly number[]): Promise<Map<number, number>> {
  const result = await sql<{ place_pos: number, place_offset: number }>`
    select given.place_pos, (
      select place_offset from events where room_nid = ${room} and events.place_pos = given.place_pos
      order by place_offset limit 1) as place_offset
    from unnest(${positions}::bigint[]) as given(place_pos)`.execute(db)
  return new Map(result.rows.map((row) => [row.place_pos, row.place_offset ?? 0]))
}
