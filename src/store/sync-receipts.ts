import { sql } from 'kysely'
import type { Db } from './database.ts'

export interface ReceiptRow {
  readonly room: number
  readonly user: number
  readonly userId: string
  readonly type: string
  /** Empty for a receipt that is not of a thread. */
  readonly threadId: string
  readonly eventId: string
  readonly eventPos: number
  readonly ts: number
  readonly pos: number
}

/** The receipts of rooms that came after a position in each, oldest first. */
export async function listReceiptsAfter(
  db: Db, wanted: readonly { readonly room: number, readonly after: number }[],
): Promise<ReceiptRow[]> {
  const result = await sql<ReceiptRow>`
    select receipts.room_nid as room, receipts.user_nid as user, users.user_id as "userId", receipts.type,
      receipts.thread_id as "threadId", receipts.event_id as "eventId", receipts.event_pos as "eventPos", receipts.ts, receipts.pos
    from unnest(${wanted.map((row) => row.room)}::int[], ${wanted.map((row) => row.after)}::bigint[]) as wanted(room, after)
    join receipts on receipts.room_nid = wanted.room and receipts.pos > wanted.after
    join users on users.nid = receipts.user_nid
    order by receipts.pos`.execute(db)
  return result.rows
}
