import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface RegistrationToken {
  readonly token: string
  readonly usesAllowed: number | null
  readonly expiresAt: number | null
}

/** A token and how many accounts were made with it. */
export interface RegistrationTokenUse extends RegistrationToken {
  readonly completed: number
}

const usable = (token: string, now: number) => sql<boolean>`token = ${token} and (expires_at is null or expires_at > ${now})
  and (uses_allowed is null or pending + completed < uses_allowed)`

export async function insertRegistrationToken(db: Db, token: RegistrationToken): Promise<boolean> {
  const result = await db.insertInto('registration_tokens')
    .values({ token: token.token, uses_allowed: token.usesAllowed, expires_at: token.expiresAt })
    .onConflict((conflict) => conflict.column('token').doNothing()).executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function listRegistrationTokens(db: Db): Promise<RegistrationTokenUse[]> {
  return db.selectFrom('registration_tokens')
    .select(['token', 'uses_allowed as usesAllowed', 'completed', 'expires_at as expiresAt']).orderBy('token').execute()
}

/** False if there is no such token. */
export async function deleteRegistrationToken(db: Db, token: string): Promise<boolean> {
  const result = await db.deleteFrom('registration_tokens').where('token', '=', token).executeTakeFirst()
  return result.numDeletedRows > 0n
}

export async function isUsableRegistrationToken(db: Db, token: string, now: number): Promise<boolean> {
  const row = await db.selectFrom('registration_tokens').select('token').where(usable(token, now)).executeTakeFirst()
  return row !== undefined
}

/** Holds one use of the token for a registration in progress; false if there is none left. */
export async function reserveRegistrationToken(db: Db, token: string, now: number): Promise<boolean> {
  const result = await db.updateTable('registration_tokens').set({ pending: sql`pending + 1` })
    .where(usable(token, now)).executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Ends reservations: those that led to an account count as uses, the others are free again. */
export async function settleRegistrationTokens(db: Db, tokens: readonly string[], outcome: 'completed' | 'released'): Promise<void> {
  if (tokens.length === 0) return
  const each = outcome === 'completed' ? 1 : 0
  await sql`
    update registration_tokens set pending = greatest(0, pending - ended.count), completed = completed + ${each} * ended.count
    from (select token, count(*)::int as count from unnest(${tokens}::text[]) as t(token) group by token) as ended
    where registration_tokens.token = ended.token`.execute(db)
}
