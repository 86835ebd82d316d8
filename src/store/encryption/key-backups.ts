import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

export interface KeyBackup {
  readonly version: number
  readonly algorithm: string
  readonly auth_data: string
  readonly etag: number
  readonly key_count: number
}

/** Which keys of a backup: all, those of a room, or one. */
export interface KeyPlace {
  readonly roomId?: string | undefined
  readonly sessionId?: string | undefined
}

/** A room key in a backup. */
export interface BackedUpKey {
  readonly room_id: string
  readonly session_id: string
  readonly first_message_index: number
  readonly forwarded_count: number
  readonly is_verified: boolean
  readonly session_data: string
}

const COLUMNS = ['version', 'algorithm', 'auth_data', 'etag', 'key_count'] as const
const KEY_COLUMNS = ['room_id', 'session_id', 'first_message_index', 'forwarded_count', 'is_verified', 'session_data'] as const

/** The backup with a version, or the latest one, unless it was deleted. */
export async function findBackup(db: Db, user: number, version?: number): Promise<KeyBackup | undefined> {
  const query = db.selectFrom('key_backups').select(COLUMNS).where('user_nid', '=', user).where('deleted', '=', false)
  return (version === undefined ? query.orderBy('version', 'desc').limit(1) : query.where('version', '=', version)).executeTakeFirst()
}

/** Whether there was a backup with the version, which was deleted. */
export async function wasBackupDeleted(db: Db, user: number, version: number): Promise<boolean> {
  const row = await db.selectFrom('key_backups').select('version')
    .where('user_nid', '=', user).where('version', '=', version).where('deleted', '=', true).executeTakeFirst()
  return row !== undefined
}

/** Lets only one transaction at a time change the backups of a user. */
export async function lockBackups(trx: Transaction, user: number): Promise<void> {
  await sql`select 1 from users where nid = ${user} for no key update`.execute(trx)
}

/**
 * Makes a backup under a number that no earlier one had; returns the number. Those of a time that a restore lost had none as
 * high as its epoch, which counts seconds: a client would take another backup for its own.
 */
export async function insertBackup(trx: Transaction, user: number, algorithm: string, authData: string): Promise<number> {
  const result = await sql<{ version: number }>`
    insert into key_backups (user_nid, version, algorithm, auth_data)
    select ${user}::int, greatest(max(version), (
      select value::int from server_info where name = 'restore_epoch'
    ), 0) + 1, ${algorithm}::text, ${authData}::text from key_backups where user_nid = ${user}
    returning version`.execute(trx)
  const version = result.rows[0]?.version
  if (version === undefined) throw new Error('A backup got no version')
  return version
}

export async function setBackupAuthData(trx: Transaction, user: number, version: number, authData: string): Promise<void> {
  await trx.updateTable('key_backups').set({ auth_data: authData }).where('user_nid', '=', user).where('version', '=', version).execute()
}

export async function deleteBackup(trx: Transaction, user: number, version: number): Promise<void> {
  await trx.deleteFrom('backed_up_keys').where('user_nid', '=', user).where('version', '=', version).execute()
  await trx.updateTable('key_backups').set({ deleted: true, key_count: 0, auth_data: '{}' })
    .where('user_nid', '=', user).where('version', '=', version).execute()
}

/**
 * Puts keys into a backup. A key that is there already stays unless the new one is better: verified where it is not, else
 * of an earlier message, else forwarded fewer times. Returns how many were added and how many replaced.
 */
export async function putBackedUpKeys(
  trx: Transaction, user: number, version: number, keys: readonly BackedUpKey[],
): Promise<{ added: number, replaced: number }> {
  const result = await sql<{ added: boolean }>`
    insert into backed_up_keys as stored
      (user_nid, version, room_id, session_id, first_message_index, forwarded_count, is_verified, session_data)
    select ${user}::int, ${version}::int, given.* from unnest(
      ${keys.map((key) => key.room_id)}::text[], ${keys.map((key) => key.session_id)}::text[],
      ${keys.map((key) => key.first_message_index)}::bigint[], ${keys.map((key) => key.forwarded_count)}::bigint[],
      ${keys.map((key) => key.is_verified)}::boolean[], ${keys.map((key) => key.session_data)}::text[]) as given
    on conflict (user_nid, version, room_id, session_id) do update set
      first_message_index = excluded.first_message_index, forwarded_count = excluded.forwarded_count,
      is_verified = excluded.is_verified, session_data = excluded.session_data
    where (not excluded.is_verified, excluded.first_message_index, excluded.forwarded_count)
      < (not stored.is_verified, stored.first_message_index, stored.forwarded_count)
    returning xmax = 0 as added`.execute(trx)
  const added = result.rows.filter((row) => row.added).length
  return { added, replaced: result.rows.length - added }
}

/** Drops keys from a backup; returns how many there were. */
export async function deleteBackedUpKeys(
  trx: Transaction, user: number, version: number, { roomId, sessionId }: KeyPlace,
): Promise<number> {
  let query = trx.deleteFrom('backed_up_keys').where('user_nid', '=', user).where('version', '=', version)
  if (roomId !== undefined) query = query.where('room_id', '=', roomId)
  if (sessionId !== undefined) query = query.where('session_id', '=', sessionId)
  return Number((await query.executeTakeFirst()).numDeletedRows)
}

export async function listBackedUpKeys(db: Db, user: number, version: number, { roomId, sessionId }: KeyPlace): Promise<BackedUpKey[]> {
  let query = db.selectFrom('backed_up_keys').select(KEY_COLUMNS).where('user_nid', '=', user).where('version', '=', version)
  if (roomId !== undefined) query = query.where('room_id', '=', roomId)
  if (sessionId !== undefined) query = query.where('session_id', '=', sessionId)
  return query.orderBy('room_id').orderBy('session_id').execute()
}

/** Notes that the keys of a backup changed, and by how much their number did. */
export async function advanceBackup(trx: Transaction, user: number, version: number, countChange: number): Promise<void> {
  await sql`update key_backups set etag = etag + 1, key_count = key_count + ${countChange}
    where user_nid = ${user} and version = ${version}`.execute(trx)
}
