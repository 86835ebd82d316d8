import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Place } from './events.ts'

/** An event that a purge comes by. */
export interface PurgedRow {
  readonly nid: number
  readonly place_pos: number
  readonly place_offset: number
  readonly is_state: boolean
  readonly received_at: number
  readonly sender: string
}

/** The events of a room between two places, from the oldest on. */
export async function listEventsBetween(
  db: Db, room: number, { after, before }: { readonly after: Place, readonly before: Place }, limit: number,
): Promise<PurgedRow[]> {
  const result = await sql<PurgedRow>`
    select nid, place_pos, place_offset, is_state, received_at,
      (select user_id from users where users.nid = sender_nid) as sender
    from events
    where room_nid = ${room} and place_pos is not null and (place_pos, place_offset) > (${after.pos}, ${after.offset})
      and (place_pos, place_offset) < (${before.pos}, ${before.offset})
    order by place_pos, place_offset limit ${limit}`.execute(db)
  return result.rows
}

/** The first live event that a room got at a time or later; undefined where there is none. */
export async function findFirstPlaceSince(db: Db, room: number, ts: number): Promise<Place | undefined> {
  const result = await sql<{ pos: number }>`
    select place_pos as pos from events
    where room_nid = ${room} and place_pos is not null and place_offset = 0 and received_at >= ${ts}
    order by place_pos, place_offset limit 1`.execute(db)
  const pos = result.rows[0]?.pos
  return pos === undefined ? undefined : { pos, offset: 0 }
}

/** Whether other servers are still to be sent something of a room, as far as the one who sends has looked. */
export async function hasUnsentEvents(db: Db, room: number, sender: string): Promise<boolean> {
  const result = await sql<{ waits: boolean }>`
    select exists (select from unsent_events where room_nid = ${room}) or exists (
      select from follower_cursors where follower = ${sender} and pos < (
        select max(pos) from events where room_nid = ${room})) as waits`.execute(db)
  return result.rows[0]?.waits === true
}

/** Begins to delete a room: from now on nobody finds it. */
export async function closeRoom(db: Db, room: number): Promise<void> {
  await db.updateTable('rooms').set({ deleted_at: 0, published: false }).where('nid', '=', room).execute()
}

/** Somebody of this server who still has a part in a room that is deleted. */
export interface Straggler { readonly user_nid: number, readonly event_nid: number }

export async function listStragglers(db: Db, room: number): Promise<Straggler[]> {
  return db.selectFrom('memberships').select(['user_nid', 'event_nid'])
    .where('room_nid', '=', room).where('membership', 'in', ['join', 'invite', 'knock']).orderBy('user_nid').execute()
}

/** What a deleted room leaves behind is its id, and that those who were in it have left. */
export async function markRoomDeleted(db: Db, room: number, now: number): Promise<void> {
  await db.updateTable('rooms').set({ deleted_at: now }).where('nid', '=', room).where('deleted_at', 'is not', null).execute()
}

/** Deletes so many events of a room with all that hangs on them, as one; their numbers. */
export async function deleteEventsOfRoom(db: Db, room: number, limit: number): Promise<number[]> {
  return db.transaction().execute(async (trx) => {
    const placed = await sql<{ nid: number, day: number }>`
      select nid, (received_at / 86400000)::int as day from events where room_nid = ${room} and place_pos is not null
      order by place_pos, place_offset limit ${limit}`.execute(trx)
    const { rows } = placed.rows.length > 0 ? placed : await sql<{ nid: number, day: number }>`
      select nid, (received_at / 86400000)::int as day from events where room_nid = ${room} and place_pos is null
      limit ${limit}`.execute(trx)
    const nids = rows.map((row) => row.nid)
    const days = [...new Set(rows.map((row) => row.day))]
    if (nids.length === 0) return []
    await sql`delete from event_media where event_nid = any(${nids}::bigint[])`.execute(trx)
    await sql`
      delete from event_bodies
      where body_class in (0, 1, 2) and received_day = any(${days}::int[]) and event_nid = any(${nids}::bigint[])`.execute(trx)
    await sql`delete from events where nid = any(${nids}::bigint[])`.execute(trx)
    return nids
  })
}

/** What is found by the number of its room, besides the events. A test knows whether a table is missing. */
export const TABLES_OF_ROOMS = [
  'state_log', 'state_branch_log', 'state_branches', 'event_gaps', 'history_breaks', 'auth_chain_links', 'receipts', 'room_aliases',
  'room_summaries', 'room_retention', 'unsent_events', 'assumed_servers', 'inbound_pdus', 'appservice_rooms',
] as const

/** What is found by its user first, and then by the room. */
export const TABLES_OF_MEMBERS = ['account_data', 'notification_counts'] as const

export type TableOfRooms = (typeof TABLES_OF_ROOMS)[number]

/** Deletes so many rows of a room from a table; how many there were. */
export async function deleteRowsOfRoom(db: Db, table: TableOfRooms, room: number, limit: number): Promise<number> {
  const result = await sql`
    delete from ${sql.table(table)}
    where ctid = any(array(select ctid from ${sql.table(table)} where room_nid = ${room} limit ${limit}))`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

/** Deletes what so many members of a room keep of it, from the one after a user on; the last of them, undefined at the end. */
export async function deleteRowsOfMembers(db: Db, room: number, after: number, limit: number): Promise<number | undefined> {
  const members = await db.selectFrom('memberships').select('user_nid')
    .where('room_nid', '=', room).where('user_nid', '>', after).orderBy('user_nid').limit(limit).execute()
  const users = members.map((row) => row.user_nid)
  for (const table of TABLES_OF_MEMBERS) {
    await sql`delete from ${sql.table(table)} where room_nid = ${room} and user_nid = any(${users}::int[])`.execute(db)
  }
  return users.length < limit ? undefined : users.at(-1)
}

/** Forgets the last of rooms that were deleted before a time, so many at most. */
export async function forgetDeletedRooms(db: Db, before: number, limit: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const rooms = sql`select nid from rooms where deleted_at > 0 and deleted_at < ${before} order by nid limit ${limit}`
    // What somebody who was away has said of the room since.
    for (const table of TABLES_OF_MEMBERS) {
      await sql`
        delete from ${sql.table(table)} as kept using memberships
        where memberships.room_nid in (${rooms}) and kept.user_nid = memberships.user_nid
          and kept.room_nid = memberships.room_nid`.execute(trx)
    }
    await sql`delete from memberships where room_nid in (${rooms})`.execute(trx)
    await sql`delete from rooms where nid in (${rooms})`.execute(trx)
  })
}
