import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface ServerKeyRow {
  readonly serverName: string
  readonly keyId: string
  readonly publicKey: string
  readonly validUntilTs: number
  /** When the key was put away; null while it is in use. */
  readonly expiredTs: number | null
  readonly fetchedAt: number
}

/** All keys of these servers. */
export async function listServerKeys(db: Db, serverNames: readonly string[]): Promise<ServerKeyRow[]> {
  const { rows } = await sql<ServerKeyRow>`
    select server_name as "serverName", key_id as "keyId", public_key as "publicKey", valid_until_ts as "validUntilTs",
      expired_ts as "expiredTs", fetched_at as "fetchedAt"
    from server_keys where server_name = any(${serverNames}::text[])`.execute(db)
  return rows
}

/** What a server published in answers that hold one of these keys, or any; the newest first. */
export async function listServerKeyAnswers(db: Db, serverName: string, keyIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ answer: string }>`
    select answer, max(fetched_at) as fetched_at from server_keys
    where server_name = ${serverName} and (${keyIds.length === 0} or key_id = any(${keyIds}::text[]))
    group by answer order by fetched_at desc limit 20`.execute(db)
  return rows.map(({ answer }) => answer)
}

/** Writes the keys of one answer, over what was known of them before. */
export async function saveServerKeys(db: Db, keys: readonly ServerKeyRow[], answer: string): Promise<void> {
  if (keys.length === 0) return
  await sql`
    insert into server_keys (server_name, key_id, public_key, valid_until_ts, expired_ts, fetched_at, answer)
    select *, ${answer} from unnest(
      ${keys.map(({ serverName }) => serverName)}::text[], ${keys.map(({ keyId }) => keyId)}::text[],
      ${keys.map(({ publicKey }) => publicKey)}::text[], ${keys.map(({ validUntilTs }) => validUntilTs)}::bigint[],
      ${keys.map(({ expiredTs }) => expiredTs)}::bigint[], ${keys.map(({ fetchedAt }) => fetchedAt)}::bigint[])
    on conflict (server_name, key_id) do update set public_key = excluded.public_key, valid_until_ts = excluded.valid_until_ts,
      expired_ts = excluded.expired_ts, fetched_at = excluded.fetched_at, answer = excluded.answer`.execute(db)
}
