import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** What users changed in the default rules and the rules that are their own, as JSON, with the position of the last change. */
export interface PushRulesRow {
  readonly user: number
  readonly rules: string
  readonly pos: number
}

export async function listPushRules(db: Db | Transaction, users: readonly number[]): Promise<PushRulesRow[]> {
  if (users.length === 0) return []
  const result = await sql<PushRulesRow>`
    select user_nid as user, rules, pos from push_rules where user_nid = any(${users}::int[])`.execute(db)
  return result.rows
}

export async function upsertPushRules(trx: Transaction, { user, rules, pos }: PushRulesRow): Promise<void> {
  await trx.insertInto('push_rules').values({ user_nid: user, rules, pos })
    .onConflict((conflict) => conflict.column('user_nid').doUpdateSet({ rules, pos })).execute()
}

/** Holds off other changes of the user's rules until the transaction ends. */
export async function lockPushRules(trx: Transaction, user: number): Promise<string | undefined> {
  // There may be no row of rules yet, so the row of the user is the lock. Rows that refer to it may still be written.
  await trx.selectFrom('users').select('nid').where('nid', '=', user).forNoKeyUpdate().execute()
  const row = await trx.selectFrom('push_rules').select('rules').where('user_nid', '=', user).executeTakeFirst()
  return row?.rules
}
