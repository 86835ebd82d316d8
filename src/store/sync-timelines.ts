import { sql } from 'kysely'
import type { Db } from './database.ts'
import { withNames } from './stored-names.ts'

export interface LatestWanted {
  readonly room: number
  /** Only events that this server learned of after this position; undefined for the end of all the history that it has. */
  readonly after: number | undefined
  readonly upTo: number
}

/** Which events a timeline may hold. Types are LIKE patterns. */
export interface TimelineTerms {
  readonly types?: readonly string[] | undefined
  readonly notTypes?: readonly string[] | undefined
  readonly senders?: readonly string[] | undefined
  readonly notSenders?: readonly string[] | undefined
  /** Whose messages are left out, though not what they change of the state. */
  readonly ignored?: readonly string[] | undefined
}

/** The numbers of the last accepted events of many rooms, oldest first, by room. */
export async function listLatestNids(
  db: Db, wanted: readonly LatestWanted[], terms: TimelineTerms, limit: number,
): Promise<Map<number, number[]>> {
  const { types, notTypes, senders, notSenders, ignored } = terms
  const given = (list: readonly string[] | undefined): boolean => list !== undefined
  const result = await sql<{ room: number, nids: number[] }>`
    select wanted.room, array(
      select events.nid from events
      ${given(types) || given(notTypes) ? sql`join state_keys on state_keys.nid = events.key_nid` : sql``}
      ${given(senders) || given(notSenders) || given(ignored) ? sql`join users on users.nid = events.sender_nid` : sql``}
      where room_nid = wanted.room and place_pos is not null and status = 0
        and (place_pos, place_offset) <= (wanted.up_to, 0)
        and (wanted.after is null or ((place_pos, place_offset) > (wanted.after, 0) and place_offset = 0))
        and ${types === undefined ? sql`true` : sql`state_keys.type like any(${types}::text[])`}
        and ${notTypes === undefined ? sql`true` : sql`not state_keys.type like any(${notTypes}::text[])`}
        and ${senders === undefined ? sql`true` : sql`users.user_id = any(${senders}::text[])`}
        and ${notSenders === undefined ? sql`true` : sql`not users.user_id = any(${notSenders}::text[])`}
        and ${ignored === undefined ? sql`true` : sql`(is_state or not users.user_id = any(${ignored}::text[]))`}
      order by place_pos desc, place_offset desc limit ${limit}) as nids
    from unnest(${wanted.map((row) => row.room)}::int[], ${wanted.map((row) => row.after ?? null)}::bigint[],
      ${wanted.map((row) => row.upTo)}::bigint[]) as wanted(room, after, up_to)`.execute(db)
  return new Map(result.rows.map((row) => [row.room, row.nids.reverse()]))
}

/** The numbers and positions of the first accepted live events after a position in any of the rooms, oldest first. */
export async function listFirstLive(
  db: Db, wanted: readonly { readonly room: number, readonly after: number, readonly upTo: number }[], limit: number,
): Promise<{ readonly nid: number, readonly pos: number }[]> {
  const result = await sql<{ nid: number, pos: number }>`
    select first.nid, first.pos
    from unnest(${wanted.map((row) => row.room)}::int[], ${wanted.map((row) => row.after)}::bigint[],
      ${wanted.map((row) => row.upTo)}::bigint[]) as wanted(room, after, up_to)
    cross join lateral (
      select events.nid, place_pos as pos from events
      where room_nid = wanted.room and place_pos > wanted.after and place_pos <= wanted.up_to and place_offset = 0 and status = 0
      order by place_pos, place_offset limit ${limit}) as first
    order by first.pos limit ${limit}`.execute(db)
  return result.rows
}

/** Those of the rooms in which a live event came after a position. */
export async function listRoomsWithNews(db: Db, rooms: readonly number[], after: number): Promise<number[]> {
  const result = await sql<{ room: number }>`
    select room from unnest(${rooms}::int[]) as wanted(room)
    where exists (select 1 from events where room_nid = wanted.room and place_pos > ${after} and place_offset = 0)
      or exists (select 1 from state_log where room_nid = wanted.room and from_pos > ${after})`.execute(db)
  return result.rows.map((row) => row.room)
}

/** An entry of the state that began or ended, and the event whose place it took. */
export interface StateChangeRow {
  readonly room_nid: number
  readonly pos: number
  readonly type: string
  readonly state_key: string
  /** Null where it ended without a successor. */
  readonly event_nid: number | null
  readonly replaced_nid: number | null
}

/** How the state of rooms changed after a position in each, in order, by room. */
export async function listStateChangesOfRooms(
  db: Db, wanted: readonly { readonly room: number, readonly after: number }[],
): Promise<Map<number, StateChangeRow[]>> {
  const result = await sql<StateChangeRow>`
    select log.room_nid, log.from_pos as pos, state_keys.type, state_keys.state_key,
      case when log.to_pos = log.from_pos then null else log.event_nid end as event_nid, (
        select earlier.event_nid from state_log as earlier
        where earlier.room_nid = log.room_nid and earlier.key_nid = log.key_nid and earlier.from_pos < log.from_pos
          and earlier.to_pos = log.from_pos
      ) as replaced_nid
    from unnest(${wanted.map((row) => row.room)}::int[], ${wanted.map((row) => row.after)}::bigint[]) as wanted(room, after)
    join state_log as log on log.room_nid = wanted.room and log.from_pos > wanted.after
    join state_keys on state_keys.nid = log.key_nid
    order by log.from_pos`.execute(db)
  return Map.groupBy(result.rows.map(withNames), (row) => row.room_nid)
}
