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

export async function listCounts(db: Db, user: number, rooms: readonly number[]): Promise<CountRow[]> {
  if (rooms.length === 0) return []
  const result = await sql<CountRow>`
    select user_nid as user, room_nid as room, thread_id as "threadId", counted_from as from, counted_to as to, notifications, highlights
    from notification_counts where user_nid = ${user} and room_nid = any(${rooms}::int[])`.execute(db)
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
      select * from unnest(${users}::int[], ${rooms}::int[],
        ${rows.map((row) => row.threadId)}::text[], ${rows.map((row) => row.from)}::bigint[],
        ${rows.map((row) => row.to)}::bigint[], ${rows.map((row) => row.notifications)}::int[], ${rows.map((row) => row.highlights)}::int[])
      on conflict do nothing`.execute(trx)
  })
}

/** Live events after a position and up to another in each of many rooms. */
export interface CountWanted {
  readonly room: number
  readonly after: number
  readonly upTo: number
}

/** The numbers of these events, oldest first, by room. */
export async function listEventsToCount(db: Db, wanted: readonly CountWanted[]): Promise<Map<number, number[]>> {
  const result = await sql<{ room: number, nids: number[] }>`
    select wanted.room, array(
      select nid from events
      where room_nid = wanted.room and place_pos > wanted.after and place_pos <= wanted.up_to and place_offset = 0 and status = 0
      order by place_pos) as nids
    from unnest(
      ${wanted.map((row) => row.room)}::int[], ${wanted.map((row) => row.after)}::bigint[], ${wanted.map((row) => row.upTo)}::bigint[]
    )
      as wanted(room, after, up_to)`.execute(db)
  return new Map(result.rows.map((row) => [row.room, row.nids]))
}

/** How far the user has read in rooms, by type of receipt and thread. */
export async function listReadPlaces(
  db: Db, user: number, rooms: readonly number[],
): Promise<{ readonly room: number, readonly threadId: string, readonly eventPos: number }[]> {
  if (rooms.length === 0) return []
  const result = await sql<{ room: number, threadId: string, eventPos: number }>`
    select room_nid as room, thread_id as "threadId", max(event_pos) as "eventPos" from receipts
    where user_nid = ${user} and room_nid = any(${rooms}::int[]) and type in ('m.read', 'm.read.private')
    group by room_nid, thread_id`.execute(db)
  return result.rows
}

/** Since when each room is the user's: the position at which being joined last began. */
export async function listJoinPositions(db: Db, rooms: readonly number[], userId: string): Promise<Map<number, number>> {
  if (rooms.length === 0) return new Map()
  const result = await sql<{ room: number, pos: number }>`
    select wanted.room, (
      select coalesce(min(joined.from_pos), 0) from state_log as joined
      where joined.room_nid = wanted.room and joined.key_nid = key.nid and joined.membership = 'join'
        and joined.from_pos > coalesce((
          select max(away.from_pos) from state_log as away
          where away.room_nid = wanted.room and away.key_nid = key.nid and away.membership <> 'join'), 0)
    ) as pos
    from unnest(${rooms}::int[]) as wanted(room)
    join state_keys as key on key.type = 'm.room.member' and key.state_key = ${userId}`.execute(db)
  return new Map(result.rows.map((row) => [row.room, row.pos]))
}
