import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** What can happen to the devices and keys of an account. */
export type EncryptionEvent =
  | 'device_added' | 'device_removed' | 'cross_signing_set_up' | 'cross_signing_changed' | 'cross_signing_reset'
  | 'key_backup_created' | 'key_backup_deleted'

export interface EncryptionLogEntry {
  readonly kind: EncryptionEvent
  readonly subject: string | null
  readonly at: number
}

/** So many are kept of one account. */
const ENTRIES_MAX = 1000

/** Notes what is done to an account, in the transaction that does it; the oldest entries go where there are too many. */
export async function logEncryption(
  trx: Transaction, user: number, kind: EncryptionEvent, subjects: readonly (string | null)[], now: number,
): Promise<void> {
  await sql`
    with noted as (
      insert into encryption_log (user_nid, at, kind, subject)
      select ${user}::int, ${now}::bigint, ${kind}::text, unnest(${subjects}::text[])
    )
    delete from encryption_log where user_nid = ${user} and nid <= (
      select nid from encryption_log where user_nid = ${user} order by nid desc offset ${Math.max(0, ENTRIES_MAX - subjects.length)} limit 1
    )`.execute(trx)
}

/** The latest entries of a user, newest first. */
export async function listEncryptionLog(db: Db, user: number, limit: number): Promise<EncryptionLogEntry[]> {
  const rows = await db.selectFrom('encryption_log').select(['kind', 'subject', 'at']).where('user_nid', '=', user)
    .orderBy('nid', 'desc').limit(limit).execute()
  return rows.map(({ kind, ...row }) => ({ ...row, kind: kind as EncryptionEvent }))
}

export async function deleteEncryptionLogBefore(db: Db, before: number): Promise<void> {
  await db.deleteFrom('encryption_log').where('at', '<', before).execute()
}

export interface AlgorithmChange {
  readonly room_id: string
  readonly event_id: string
  readonly sender: string
  readonly at: number
  /** The event's JSON. */
  readonly json: string
}

/**
 * The latest changes of how rooms are encrypted that a user was there for, newest first. They are events of the rooms and
 * stand there; nothing is written for each member.
 */
export async function listAlgorithmChanges(db: Db, user: number, limit: number): Promise<AlgorithmChange[]> {
  const result = await sql<AlgorithmChange>`
    select rooms.room_id, events.event_id, senders.user_id as sender, events.received_at as at, event_bodies.json
    from users
    join state_keys as own_key on own_key.type = 'm.room.member' and own_key.state_key = users.user_id
    join state_keys as key on key.type = 'm.room.encryption' and key.state_key = ''
    join memberships on memberships.user_nid = users.nid
    join state_log as own on own.room_nid = memberships.room_nid and own.key_nid = own_key.nid and own.membership = 'join'
    join state_log as change on change.room_nid = own.room_nid and change.key_nid = key.nid
      and change.from_pos > own.from_pos and (own.to_pos is null or change.from_pos < own.to_pos)
    join rooms on rooms.nid = change.room_nid
    join events on events.nid = change.event_nid
    join users as senders on senders.nid = events.sender_nid
    join event_bodies on event_bodies.event_nid = events.nid and event_bodies.body_class = 0
    where users.nid = ${user}
    order by change.from_pos desc limit ${limit}`.execute(db)
  return result.rows
}
