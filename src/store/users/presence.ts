import { sql } from 'kysely'
import type { Db } from '../database.ts'

export type PresenceState = 'online' | 'unavailable' | 'offline'

export interface PresenceRow {
  readonly user: number
  readonly state: PresenceState
  readonly statusMsg: string | null
  readonly lastActiveAt: number
}

export async function listPresence(db: Db, users: readonly number[]): Promise<PresenceRow[]> {
  if (users.length === 0) return []
  const result = await sql<PresenceRow>`
    select user_nid as user, state, status_msg as "statusMsg", last_active_at as "lastActiveAt"
    from presence where user_nid = any(${users}::int[])`.execute(db)
  return result.rows
}

export async function savePresence(db: Db, rows: readonly PresenceRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into presence (user_nid, state, status_msg, last_active_at)
    select * from unnest(${rows.map((row) => row.user)}::int[], ${rows.map((row) => row.state)}::text[],
      ${rows.map((row) => row.statusMsg)}::text[], ${rows.map((row) => row.lastActiveAt)}::bigint[])
    on conflict (user_nid) do update set state = excluded.state, status_msg = excluded.status_msg,
      last_active_at = excluded.last_active_at`.execute(db)
}
