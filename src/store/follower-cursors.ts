import { sql } from 'kysely'
import type { Db } from './database.ts'
import { isStill, lost, type Fence } from './fence.ts'

/** How far a follower has come; undefined before its first start. */
export async function findCursor(db: Db, follower: string): Promise<number | undefined> {
  const row = await db.selectFrom('follower_cursors').select('pos').where('follower', '=', follower).executeTakeFirst()
  return row?.pos
}

/** Notes how far a follower has come. Throws LeaseLost: what a process does after its epoch another one may have done further. */
export async function saveCursor(db: Db, follower: string, pos: number, fence: Fence | undefined): Promise<void> {
  const { numAffectedRows } = await sql`
    insert into follower_cursors (follower, pos)
    select ${follower}, ${pos}::bigint from (values (${fence?.epoch ?? null}::int)) as given (epoch)
    where ${sql.raw(isStill('given.epoch'))}
    on conflict (follower) do update set pos = excluded.pos`.execute(db)
  if (numAffectedRows === 0n) throw lost(fence)
}
