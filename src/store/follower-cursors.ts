import type { Db } from './database.ts'

/** How far a follower has come; undefined before its first start. */
export async function findCursor(db: Db, follower: string): Promise<number | undefined> {
  const row = await db.selectFrom('follower_cursors').select('pos').where('follower', '=', follower).executeTakeFirst()
  return row?.pos
}

export async function saveCursor(db: Db, follower: string, pos: number): Promise<void> {
  await db.insertInto('follower_cursors').values({ follower, pos })
    .onConflict((conflict) => conflict.column('follower').doUpdateSet({ pos })).execute()
}
