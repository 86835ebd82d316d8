import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** The number of a filter of the user: that of an equal one, or the next. */
export async function ensureFilter(db: Db, user: number, definition: string): Promise<number> {
  return db.transaction().execute(async (trx) => {
    // The row of the user is the lock, or two filters at once would get one number. Rows that refer to it may still be
    // written.
    await trx.selectFrom('users').select('nid').where('nid', '=', user).forNoKeyUpdate().execute()
    const equal = await trx.selectFrom('filters').select('filter_id')
      .where('user_nid', '=', user).where('definition', '=', definition).executeTakeFirst()
    if (equal !== undefined) return equal.filter_id
    const inserted = await sql<{ filter_id: number }>`
      insert into filters (user_nid, filter_id, definition)
      select ${user}, coalesce(max(filter_id), -1) + 1, ${definition} from filters where user_nid = ${user}
      returning filter_id`.execute(trx)
    return inserted.rows[0]?.filter_id ?? 0
  })
}

export async function findFilter(db: Db, user: number, filterId: number): Promise<string | undefined> {
  const row = await db.selectFrom('filters').select('definition')
    .where('user_nid', '=', user).where('filter_id', '=', filterId).executeTakeFirst()
  return row?.definition
}
