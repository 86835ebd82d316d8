import { sql } from 'kysely'
import type { Db } from './database.ts'

/** The unread events of one thread of a room as counted up to a position. */
export interface CountRow {
  readonly user: number
  readonly room: number
  readonly threadId: string
  /** Events up to here were read. */
  readonly from: number
  readonly to: number
  readonly notifications: number
  readonly highlights: number
}

/** A user in a room. */
export interface UserInRoom {
  readonly user: number
  readonly room: number
}

/** What was saved of each of the users in each of the rooms. */
export async function listCounts(db: Db, places: readonly UserInRoom[]): Promise<CountRow[]> {
  if (places.length === 0) return []
  const result = await sql<CountRow>`
    select user_nid as user, room_nid as room, thread_id as "threadId", counted_from as from, counted_to as to, notifications, highlights
    from unnest(${places.map((place) => place.user)}::int[], ${places.map((place) => place.room)}::int[]) as wanted(user_nid, room_nid)
    join notification_counts using (user_nid, room_nid)`.execute(db)
  return result.rows
}

/** Saves counts. The rows of one user and room are saved together, so that none of a thread is left from before. */
export async function saveCounts(db: Db, rows: readonly CountRow[]): Promise<void> {
  if (rows.length === 0) return
  const users = rows.map((row) => row.user)
  const rooms = rows.map((row) => row.room)
  await db.transaction().execute(async (trx) => {
    await sql`
      delete from notification_counts using unnest(${users}::int[], ${rooms}::int[]) as given(user_nid, room_nid)
      where notification_counts.user_nid = given.user_nid and notification_counts.room_nid = given.room_nid`.execute(trx)
    await sql`
      insert into notification_counts (user_nid, room_nid, thread_id, counted_from, counted_to, notifications, highlights)
      select counted.* from unnest(${users}::int[], ${rooms}::int[],
        ${rows.map((row) => row.threadId)}::text[], ${rows.map((row) => row.from)}::bigint[],
        ${rows.map((row) => row.to)}::bigint[], ${rows.map((row) => row.notifications)}::int[],
        ${rows.map((row) => row.highlights)}::int[]) as
        counted (user_nid, room_nid, thread_id, counted_from, counted_to, notifications, highlights)
      -- A room may have been deleted since somebody counted in it.
      join rooms on rooms.nid = counted.room_nid and rooms.deleted_at is null
      on conflict do nothing`.execute(trx)
  })
}

/** Live events after a position and up to another in each of many rooms. */
export interface CountWanted {
  readonly room: number
  readonly after: number
  readonly upTo: number
}

/** The numbers of these events, oldest first, in the order of what is wanted. */
export async function listEventsToCount(db: Db, wanted: readonly CountWanted[]): Promise<number[][]> {
  const result = await sql<{ nids: number[] }>`
    select array(
      select nid from events
      where room_nid = wanted.room and place_pos > wanted.after and place_pos <= wanted.up_to and place_offset = 0 and status = 0
      order by place_pos) as nids
    from unnest(
      ${wanted.map((row) => row.room)}::int[], ${wanted.map((row) => row.after)}::bigint[], ${wanted.map((row) => row.upTo)}::bigint[]
    ) with ordinality as wanted(room, after, up_to, place)
    order by place`.execute(db)
  return result.rows.map((row) => row.nids)
}

/** How far somebody has read in a room: in one thread, or with an empty one everywhere. */
export interface ReadPlaceRow extends UserInRoom {
  readonly threadId: string
  readonly eventPos: number
}

/** How far each of the users has read in each of the rooms. */
export async function listReadPlaces(db: Db, places: readonly UserInRoom[]): Promise<ReadPlaceRow[]> {
  if (places.length === 0) return []
  const result = await sql<ReadPlaceRow>`
    select user_nid as user, room_nid as room, thread_id as "threadId", max(event_pos) as "eventPos"
    from unnest(${places.map((place) => place.user)}::int[], ${places.map((place) => place.room)}::int[]) as wanted(user_nid, room_nid)
    join receipts using (user_nid, room_nid)
    where type in ('m.read', 'm.read.private') group by user_nid, room_nid, thread_id`.execute(db)
  return result.rows
}

/** Since when each room is the user's: the position at which being joined last began. */
export async function listJoinPositions(db: Db, places: readonly UserInRoom[]): Promise<(UserInRoom & { readonly pos: number })[]> {
  if (places.length === 0) return []
  const result = await sql<UserInRoom & { pos: number }>`
    select wanted.user_nid as user, wanted.room_nid as room, (
      select coalesce(min(joined.from_pos), 0) from state_log as joined
      where joined.room_nid = wanted.room_nid and joined.key_nid = key.nid and joined.membership = 'join'
        and joined.from_pos > coalesce((
          select max(away.from_pos) from state_log as away
          where away.room_nid = wanted.room_nid and away.key_nid = key.nid and away.membership <> 'join'), 0)
    ) as pos
    from unnest(${places.map((place) => place.user)}::int[], ${places.map((place) => place.room)}::int[]) as wanted(user_nid, room_nid)
    join users on users.nid = wanted.user_nid
    join state_keys as key on key.type = 'm.room.member' and key.state_key = users.user_id`.execute(db)
  return result.rows
}
