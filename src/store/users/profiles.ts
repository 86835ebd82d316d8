import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

export interface ProfileRow {
  readonly display_name: string | null
  readonly avatar_url: string | null
  /** Further fields, as a JSON object. */
  readonly fields: string
}

const COLUMNS = ['display_name', 'avatar_url', 'fields'] as const

export async function findProfile(db: Db, user: number): Promise<ProfileRow | undefined> {
  return db.selectFrom('profiles').select(COLUMNS).where('user_nid', '=', user).executeTakeFirst()
}

export async function listProfiles(db: Db, users: readonly number[]): Promise<Map<number, ProfileRow>> {
  if (users.length === 0) return new Map()
  const result = await sql<ProfileRow & { user_nid: number }>`
    select user_nid, display_name, avatar_url, fields from profiles where user_nid = any(${users}::int[])`.execute(db)
  return new Map(result.rows.map((row) => [row.user_nid, row]))
}

/** Locked until the transaction ends, so that two fields changed at once are both kept. */
export async function lockProfile(trx: Transaction, user: number): Promise<ProfileRow> {
  await trx.insertInto('profiles').values({ user_nid: user, display_name: null, avatar_url: null })
    .onConflict((conflict) => conflict.column('user_nid').doNothing()).execute()
  return trx.selectFrom('profiles').select(COLUMNS).where('user_nid', '=', user).forUpdate().executeTakeFirstOrThrow()
}

export async function updateProfile(trx: Transaction, user: number, profile: ProfileRow): Promise<void> {
  await trx.updateTable('profiles').set(profile).where('user_nid', '=', user).execute()
}

export async function insertProfile(trx: Transaction, user: number, displayName: string | null): Promise<void> {
  await trx.insertInto('profiles').values({ user_nid: user, display_name: displayName, avatar_url: null })
    .onConflict((conflict) => conflict.column('user_nid').doUpdateSet({ display_name: displayName })).execute()
}
