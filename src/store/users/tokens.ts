import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** An access token with what must be known of its account to answer a request. */
export interface FoundToken {
  readonly id: number
  readonly user: number
  readonly userId: string
  readonly deviceId: string | null
  readonly refreshTokenId: number | null
  readonly used: boolean
  readonly expiresAt: number | null
  readonly kind: 'user' | 'guest' | 'appservice'
  readonly isAdmin: boolean
  readonly locked: boolean
  readonly suspended: boolean
}

export interface NewAccessToken {
  readonly digest: Buffer
  readonly user: number
  readonly deviceId: string
  readonly refreshTokenId: number | null
  readonly expiresAt: number | null
  readonly now: number
}

export interface RefreshToken {
  readonly id: number
  readonly user: number
  readonly deviceId: string
  readonly parentId: number | null
  readonly spent: boolean
}

/** The tokens with these digests, of accounts that are not closed; in the order of the digests. */
export async function listAccessTokens(db: Db, digests: readonly Buffer[]): Promise<(FoundToken | undefined)[]> {
  const rows = await selectTokens(db).where('digest', 'in', digests).execute()
  const byDigest = new Map(rows.map((row) => [row.digest.toString('base64'), row]))
  return digests.map((digest) => byDigest.get(digest.toString('base64')))
}

/** Those of the tokens that there are, of accounts that are not closed. */
export async function listAccessTokensById(db: Db, ids: readonly number[]): Promise<FoundToken[]> {
  return selectTokens(db).where('token.id', '=', sql<number>`any(${ids}::bigint[])`).execute()
}

function selectTokens(db: Db) {
  return db.selectFrom('access_tokens as token')
    .innerJoin('accounts as account', 'account.user_nid', 'token.user_nid')
    .innerJoin('users', 'users.nid', 'token.user_nid')
    .select([
      'digest', 'token.id', 'token.user_nid as user', 'user_id as userId', 'device_id as deviceId', 'refresh_token_id as refreshTokenId',
      'used', 'expires_at as expiresAt', 'kind', 'is_admin as isAdmin', 'locked', 'suspended',
    ])
    .where('deactivated_at', 'is', null)
}

export async function insertAccessToken(trx: Transaction, token: NewAccessToken): Promise<number> {
  const row = await trx.insertInto('access_tokens').values({
    digest: token.digest, user_nid: token.user, device_id: token.deviceId, refresh_token_id: token.refreshTokenId,
    // Only the first use of a token that came by a refresh has consequences.
    used: token.refreshTokenId === null, expires_at: token.expiresAt, created_at: token.now,
  }).returning('id').executeTakeFirstOrThrow()
  return row.id
}

export async function insertRefreshToken(
  trx: Transaction, token: { digest: Buffer, user: number, deviceId: string, parentId: number | null, now: number },
): Promise<number> {
  const row = await trx.insertInto('refresh_tokens').values({
    digest: token.digest, user_nid: token.user, device_id: token.deviceId, parent_id: token.parentId, created_at: token.now,
  }).returning('id').executeTakeFirstOrThrow()
  return row.id
}

/** Locked until the transaction ends. */
export async function lockRefreshToken(trx: Transaction, digest: Buffer): Promise<RefreshToken | undefined> {
  return trx.selectFrom('refresh_tokens')
    .select(['id', 'user_nid as user', 'device_id as deviceId', 'parent_id as parentId', 'spent'])
    .where('digest', '=', digest).forUpdate().executeTakeFirst()
}

/**
 * A refresh token, or the access token that came with it, is used for the first time: the one it was exchanged for is
 * spent, and what else came of that one is void.
 */
export async function spendParentOf(trx: Db | Transaction, refreshTokenId: number): Promise<void> {
  await sql`
    with used as (select id, parent_id from refresh_tokens where id = ${refreshTokenId} and parent_id is not null),
      spent as (update refresh_tokens set spent = true from used where refresh_tokens.id = used.parent_id),
      void as (delete from refresh_tokens using used where refresh_tokens.parent_id = used.parent_id and refresh_tokens.id <> used.id
        returning refresh_tokens.id)
    delete from access_tokens using void where access_tokens.refresh_token_id = void.id`.execute(trx)
}

export async function markUsed(db: Db, accessTokenId: number): Promise<void> {
  await db.updateTable('access_tokens').set({ used: true }).where('id', '=', accessTokenId).execute()
}

/**
 * Forgets the old tokens of a device that refreshes often. The newest expired ones stay, since a client that comes
 * with one must hear that its session goes on, and the newest spent ones, since their reuse tells of a theft.
 */
export async function pruneTokensOfDevice(trx: Transaction, user: number, deviceId: string, now: number): Promise<void> {
  await sql`
    delete from access_tokens where user_nid = ${user} and device_id = ${deviceId} and expires_at < ${now} and id not in
      (select id from access_tokens where user_nid = ${user} and device_id = ${deviceId} order by id desc limit 20)`.execute(trx)
  await sql`
    delete from refresh_tokens where user_nid = ${user} and device_id = ${deviceId} and spent and id not in
      (select id from refresh_tokens where user_nid = ${user} and device_id = ${deviceId} order by id desc limit 50)`.execute(trx)
}

/** Every token of one device, or of all that the user has. */
export async function deleteTokens(trx: Transaction, user: number, deviceId?: string): Promise<void> {
  for (const table of ['access_tokens', 'refresh_tokens'] as const) {
    let query = trx.deleteFrom(table).where('user_nid', '=', user)
    if (deviceId !== undefined) query = query.where('device_id', '=', deviceId)
    await query.execute()
  }
}

export async function insertLoginToken(db: Db, token: { digest: Buffer, user: number, expiresAt: number }): Promise<void> {
  await db.insertInto('login_tokens').values({ digest: token.digest, user_nid: token.user, expires_at: token.expiresAt }).execute()
}

/** Takes a login token out of the database: whoever gets it may use it, and nobody after. */
export async function takeLoginToken(db: Db, digest: Buffer): Promise<{ user: number, expiresAt: number } | undefined> {
  return db.deleteFrom('login_tokens').where('digest', '=', digest)
    .returning(['user_nid as user', 'expires_at as expiresAt']).executeTakeFirst()
}

export async function insertOpenIdToken(db: Db, token: { digest: Buffer, user: number, expiresAt: number }): Promise<void> {
  await db.insertInto('openid_tokens').values({ digest: token.digest, user_nid: token.user, expires_at: token.expiresAt }).execute()
}

/** The user of an OpenID token that is still good and whose account is open. */
export async function findOpenIdUser(db: Db, digest: Buffer, now: number): Promise<string | undefined> {
  const row = await db.selectFrom('openid_tokens').innerJoin('users', 'users.nid', 'openid_tokens.user_nid')
    .innerJoin('accounts', 'accounts.user_nid', 'users.nid').select('user_id')
    .where('digest', '=', digest).where('expires_at', '>', now).where('deactivated_at', 'is', null).executeTakeFirst()
  return row?.user_id
}

/** Forgets short-lived tokens that nobody can use any more. */
export async function deleteExpiredTokens(db: Db, now: number): Promise<void> {
  await db.deleteFrom('login_tokens').where('expires_at', '<', now).execute()
  await db.deleteFrom('openid_tokens').where('expires_at', '<', now).execute()
}
