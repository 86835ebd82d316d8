import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** What must be known of an account when an application service asks for it. */
export interface FoundMask {
  readonly user: number
  readonly isAdmin: boolean
  readonly locked: boolean
  readonly suspended: boolean
  readonly deactivatedAt: number | null
  /** Whether it has the device. */
  readonly hasDevice: boolean
}

export async function findMask(db: Db, userId: string, deviceId: string): Promise<FoundMask | undefined> {
  const { rows } = await sql<FoundMask>`
    select user_nid as user, is_admin as "isAdmin", locked, suspended, deactivated_at as "deactivatedAt",
      exists (select from devices where devices.user_nid = accounts.user_nid and device_id = ${deviceId}) as "hasDevice"
    from accounts join users on users.nid = user_nid where user_id = ${userId}`.execute(db)
  return rows[0]
}

/** Those of some users whose accounts are neither closed nor locked. */
export async function listOpenAccounts(db: Db, users: readonly number[]): Promise<number[]> {
  if (users.length === 0) return []
  const rows = await db.selectFrom('accounts').select('user_nid').where('user_nid', 'in', users)
    .where('deactivated_at', 'is', null).where('locked', '=', false).execute()
  return rows.map(({ user_nid: user }) => user)
}
