import { sql } from 'kysely'
import type { Transaction } from '../database.ts'
import { wantedRows, type ClaimedKey, type KeyWanted, type NewKey } from './one-time-keys.ts'

/** Puts the keys in the place of those of their algorithms. Whether one of them is new, and so unused. */
export async function setFallbackKeys(trx: Transaction, user: number, deviceId: string, keys: readonly NewKey[]): Promise<boolean> {
  const result = await sql`
    insert into fallback_keys (user_nid, device_id, algorithm, key_id, key)
    select ${user}::int, ${deviceId}::text, algorithm, key_id, key
    from unnest(${keys.map((key) => key.algorithm)}::text[], ${keys.map((key) => key.keyId)}::text[],
      ${keys.map((key) => key.key)}::text[]) as given(algorithm, key_id, key)
    order by algorithm
    on conflict (user_nid, device_id, algorithm) do update set key_id = excluded.key_id, key = excluded.key, used = false
    where (fallback_keys.key_id, fallback_keys.key) <> (excluded.key_id, excluded.key)`.execute(trx)
  return (result.numAffectedRows ?? 0n) > 0n
}

/** The fallback key for each wish that has one. */
export async function listFallbackKeys(trx: Transaction, wanted: readonly KeyWanted[]): Promise<(ClaimedKey & { used: boolean })[]> {
  const result = await sql<ClaimedKey & { used: boolean }>`
    select users.user_id, user_nid, device_id, algorithm, key_id, key, used from ${wantedRows(wanted)}
    join users using (user_id)
    join fallback_keys using (device_id, algorithm)
    where fallback_keys.user_nid = users.nid`.execute(trx)
  return result.rows
}

/** Marks keys as issued, unless the device has replaced them meanwhile. */
export async function markFallbackKeysUsed(trx: Transaction, keys: readonly ClaimedKey[]): Promise<void> {
  // Locked in one order, so that two claims for the same devices cannot wait for each other in a circle.
  await sql`
    with issued as materialized (
      select fallback_keys.user_nid, fallback_keys.device_id, fallback_keys.algorithm from fallback_keys
      join unnest(${keys.map((key) => key.user_nid)}::int[], ${keys.map((key) => key.device_id)}::text[],
        ${keys.map((key) => key.algorithm)}::text[], ${keys.map((key) => key.key_id)}::text[])
        as given(user_nid, device_id, algorithm, key_id) using (user_nid, device_id, algorithm, key_id)
      order by user_nid, device_id, algorithm
      for update of fallback_keys
    )
    update fallback_keys set used = true from issued
    where fallback_keys.user_nid = issued.user_nid and fallback_keys.device_id = issued.device_id
      and fallback_keys.algorithm = issued.algorithm`.execute(trx)
}
