import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

export interface Account {
  readonly user: number
  readonly userId: string
  readonly kind: 'user' | 'guest' | 'appservice'
  /** A PHC string; an account without one cannot log in by password. */
  readonly password: string | null
  readonly isAdmin: boolean
  readonly locked: boolean
  readonly suspended: boolean
  readonly deactivatedAt: number | null
  readonly erased: boolean
  readonly createdAt: number
}

export interface NewAccount {
  readonly user: number
  readonly kind: Account['kind']
  readonly password: string | null
  readonly isAdmin: boolean
  /** The versions of the documents that were agreed to, as JSON. */
  readonly termsAccepted: string | null
  readonly createdAt: number
}

const accounts = (db: Db) => db.selectFrom('accounts').innerJoin('users', 'users.nid', 'accounts.user_nid').select([
  'user_nid as user', 'user_id as userId', 'kind', 'password', 'is_admin as isAdmin', 'locked', 'suspended',
  'deactivated_at as deactivatedAt', 'erased', 'created_at as createdAt',
])

/** Makes the account unless there is one, also one that has been deactivated. */
export async function insertAccount(trx: Transaction, account: NewAccount): Promise<boolean> {
  const result = await trx.insertInto('accounts').values({
    user_nid: account.user, kind: account.kind, password: account.password, is_admin: account.isAdmin,
    terms_accepted: account.termsAccepted, created_at: account.createdAt, deactivated_at: null,
  }).onConflict((conflict) => conflict.column('user_nid').doNothing()).executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function findAccount(db: Db, userId: string): Promise<Account | undefined> {
  return accounts(db).where('user_id', '=', userId).executeTakeFirst()
}

export async function findAccountByNumber(db: Db, user: number): Promise<Account | undefined> {
  return accounts(db).where('user_nid', '=', user).executeTakeFirst()
}

/** Accounts in the order of their user ids, after the one given; or only those whose ids begin in a way. */
export async function listAccounts(
  db: Db, { prefix = '', after = '', limit = 1000 }: { prefix?: string, after?: string, limit?: number } = {},
): Promise<Account[]> {
  return accounts(db).where(sql<boolean>`starts_with(user_id, ${prefix})`).where('user_id', '>', after).orderBy('user_id')
    .limit(limit).execute()
}

/** Whether somebody is there who may administrate this server. */
export async function hasAdmin(db: Db): Promise<boolean> {
  const row = await db.selectFrom('accounts').select('user_nid')
    .where('is_admin', '=', true).where('deactivated_at', 'is', null).limit(1).executeTakeFirst()
  return row !== undefined
}

export async function setPasswordHash(db: Db, user: number, password: string): Promise<void> {
  await db.updateTable('accounts').set({ password }).where('user_nid', '=', user).execute()
}

export async function setAccountFlags(
  db: Db, user: number, flags: { locked?: boolean, suspended?: boolean, is_admin?: boolean },
): Promise<void> {
  await db.updateTable('accounts').set(flags).where('user_nid', '=', user).execute()
}

/** Closes an account for ever: the row stays, so that nobody gets the name again. */
export async function closeAccount(trx: Transaction, user: number, { erase, now }: { erase: boolean, now: number }): Promise<void> {
  await trx.updateTable('accounts')
    .set((expression) => ({
      password: null, is_admin: false, terms_accepted: null,
      deactivated_at: expression.fn.coalesce('deactivated_at', expression.val(now)),
      ...(erase ? { erased: true } : {}),
    }))
    .where('user_nid', '=', user).execute()
}
