import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface ReceiptRow {
  readonly room_nid: number
  readonly user_nid: number
  readonly user_id: string
  readonly type: string
  readonly thread_id: string
  readonly event_id: string
  readonly ts: number
  readonly pos: number
}

export interface ReadPlaceRow { readonly type: string, readonly thread_id: string, readonly event_pos: number }

/** Of each room the receipts that a user may know of and that came after a position, in the order of positions. */
export async function listReceiptsSince(
  db: Db, rooms: readonly { readonly room: number, readonly after: number }[], user: number,
): Promise<ReceiptRow[]> {
  if (rooms.length === 0) return []
  const result = await sql<ReceiptRow>`
    select receipts.room_nid, receipts.user_nid, users.user_id, receipts.type, receipts.thread_id, receipts.event_id, receipts.ts,
      receipts.pos
    from unnest(${rooms.map((row) => row.room)}::int[], ${rooms.map((row) => row.after)}::bigint[]) as wanted(room, after)
    join receipts on receipts.room_nid = wanted.room and receipts.pos > wanted.after
    join users on users.nid = receipts.user_nid
    where receipts.type <> 'm.read.private' or receipts.user_nid = ${user}
    order by receipts.pos`.execute(db)
  return result.rows
}

/** How far a user has read in a room, by type and thread. */
export async function listReceiptsOfUser(db: Db, user: number, room: number): Promise<ReadPlaceRow[]> {
  return db.selectFrom('receipts').select(['type', 'thread_id', 'event_pos'])
    .where('user_nid', '=', user).where('room_nid', '=', room).execute()
}
