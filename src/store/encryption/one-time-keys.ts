import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

export interface NewKey {
  readonly algorithm: string
  readonly keyId: string
  /** The key as canonical JSON. */
  readonly key: string
}

/** What a claim asks for: a key of one algorithm, of one device. */
export interface KeyWanted {
  readonly userId: string
  readonly deviceId: string
  readonly algorithm: string
}

export interface ClaimedKey {
  readonly user_id: string
  readonly user_nid: number
  readonly device_id: string
  readonly algorithm: string
  readonly key_id: string
  readonly key: string
}

/** Those keys of the device that have one of the names, the ones already issued included. */
export async function listNamedOneTimeKeys(
  trx: Transaction, user: number, deviceId: string, named: readonly NewKey[],
): Promise<{ id: number, algorithm: string, key_id: string, key: string, claimed_at: number | null }[]> {
  const result = await sql<{ id: number, algorithm: string, key_id: string, key: string, claimed_at: number | null }>`
    select id, algorithm, key_id, key, claimed_at from one_time_keys
    join unnest(${named.map((key) => key.algorithm)}::text[], ${named.map((key) => key.keyId)}::text[]) as named(algorithm, key_id)
      using (algorithm, key_id)
    where user_nid = ${user} and device_id = ${deviceId}`.execute(trx)
  return result.rows
}

/** Adds keys behind those that are there: they are issued in this order. */
export async function insertOneTimeKeys(trx: Transaction, user: number, deviceId: string, keys: readonly NewKey[]): Promise<void> {
  await sql`
    insert into one_time_keys (user_nid, device_id, algorithm, key_id, key)
    select ${user}::int, ${deviceId}::text, algorithm, key_id, key
    from unnest(${keys.map((key) => key.algorithm)}::text[], ${keys.map((key) => key.keyId)}::text[],
      ${keys.map((key) => key.key)}::text[]) with ordinality as given(algorithm, key_id, key, place)
    order by place`.execute(trx)
}

export async function deleteOneTimeKeys(trx: Transaction, ids: readonly number[]): Promise<void> {
  await sql`delete from one_time_keys where id = any(${ids}::bigint[])`.execute(trx)
}

/** Forgets the issued keys of a device that nobody will upload again. */
export async function deleteKeysClaimedBefore(trx: Transaction, user: number, deviceId: string, claimedBefore: number): Promise<void> {
  await trx.deleteFrom('one_time_keys').where('user_nid', '=', user).where('device_id', '=', deviceId)
    .where('claimed_at', '<', claimedBefore).execute()
}

/** How many keys of each algorithm are left. */
export async function countOneTimeKeys(db: Db, user: number, deviceId: string): Promise<{ algorithm: string, count: number }[]> {
  const result = await sql<{ algorithm: string, count: number }>`
    select algorithm, count(*) as count from one_time_keys
    where user_nid = ${user} and device_id = ${deviceId} and claimed_at is null group by algorithm`.execute(db)
  return result.rows
}

/** The keys that are left of devices: how many one-time keys by algorithm, and unused fallback keys. */
export async function listKeysLeft(
  db: Db, devices: readonly { readonly user: number, readonly deviceId: string }[],
): Promise<{ place: number, algorithm: string, count: number | null }[]> {
  const result = await sql<{ place: number, algorithm: string, count: number | null }>`
    with wanted as (
      select place::int - 1 as place, user_nid, device_id
      from unnest(${devices.map((device) => device.user)}::int[], ${devices.map((device) => device.deviceId)}::text[])
        with ordinality as given(user_nid, device_id, place)
    )
    select place, algorithm, count(*) as count from wanted
    join one_time_keys using (user_nid, device_id) where claimed_at is null group by place, algorithm
    union all
    select place, algorithm, null from wanted
    join fallback_keys using (user_nid, device_id) where not used
    order by place, algorithm`.execute(db)
  return result.rows
}

/**
 * Issues for each wish the key that was uploaded first, if one is left. Of several claims at once none waits for another:
 * a key that one of them has taken does not exist for the others.
 */
export async function claimOneTimeKeys(trx: Transaction, wanted: readonly KeyWanted[], now: number): Promise<ClaimedKey[]> {
  const result = await sql<ClaimedKey>`
    with picked as materialized (
      select unclaimed.id, users.user_id from ${wantedRows(wanted)}
      join users using (user_id)
      cross join lateral (
        select id from one_time_keys
        where user_nid = users.nid and device_id = wanted.device_id and algorithm = wanted.algorithm and claimed_at is null
        order by id limit 1 for update skip locked
      ) as unclaimed
    )
    update one_time_keys set claimed_at = ${now} from picked where one_time_keys.id = picked.id
    returning picked.user_id, user_nid, device_id, algorithm, key_id, key`.execute(trx)
  return result.rows
}

export function wantedRows(wanted: readonly KeyWanted[]) {
  return sql`unnest(${wanted.map((wish) => wish.userId)}::text[], ${wanted.map((wish) => wish.deviceId)}::text[],
    ${wanted.map((wish) => wish.algorithm)}::text[]) as wanted(user_id, device_id, algorithm)`
}
