import { sql } from 'kysely'
import type { Db } from './database.ts'
import { readName, storedName } from './stored-names.ts'

/** The numbers of users by their ids, making those that are new. */
export async function internUsers(db: Db, userIds: readonly string[]): Promise<Map<string, number>> {
  const unique = [...new Set(userIds)]
  const numbers = await findUsers(db, unique)
  const missing = unique.filter((userId) => !numbers.has(userId))
  if (missing.length === 0) return numbers
  await sql`insert into users (user_id) select unnest(${missing}::text[]) on conflict do nothing`.execute(db)
  for (const [userId, nid] of await findUsers(db, missing)) numbers.set(userId, nid)
  return numbers
}

/** The numbers of those users that are known. */
export async function findUsers(db: Db, userIds: readonly string[]): Promise<Map<string, number>> {
  if (userIds.length === 0) return new Map()
  const rows = await sql<{
    nid: number, user_id: string,
  }>`select nid, user_id from users where user_id = any(${userIds}::text[])`.execute(db)
  return new Map(rows.rows.map((row) => [row.user_id, row.nid]))
}

export async function findUserIds(db: Db, nids: readonly number[]): Promise<Map<number, string>> {
  if (nids.length === 0) return new Map()
  const rows = await sql<{ nid: number, user_id: string }>`select nid, user_id from users where nid = any(${nids}::int[])`.execute(db)
  return new Map(rows.rows.map((row) => [row.nid, row.user_id]))
}

/** A type with a state key, or with null for events that are no state. */
export interface StateKey { readonly type: string, readonly stateKey: string | null }

/** The number of each of the keys, in their order, making those that are new. */
export async function internStateKeys(db: Db, given: readonly StateKey[]): Promise<number[]> {
  const keys = given.map(storedKey)
  const find = async (): Promise<(number | null)[]> => {
    const rows = await sql<{ nid: number | null }>`
      select found.nid from unnest(${keys.map((key) => key.type)}::text[], ${keys.map((key) => key.stateKey)}::text[])
        with ordinality as wanted(type, state_key, place)
      left join lateral (
        select nid from state_keys where type = wanted.type and state_key = wanted.state_key
        union all
        select nid from state_keys where wanted.state_key is null and type = wanted.type and state_key is null
      ) as found on true
      order by wanted.place`.execute(db)
    return rows.rows.map((row) => row.nid)
  }
  const found = await find()
  if (found.every((nid) => nid !== null)) return found
  await sql`insert into state_keys (type, state_key)
    select * from unnest(${keys.map((key) => key.type)}::text[], ${keys.map((key) => key.stateKey)}::text[])
    on conflict do nothing`.execute(db)
  return (await find()).map((nid) => nid ?? -1)
}

/** The number of a key that some event has had. */
export async function findStateKeyNid(db: Db, key: StateKey): Promise<number | undefined> {
  const { type, stateKey } = storedKey(key)
  const row = await db.selectFrom('state_keys').select('nid').where('type', '=', type)
    .where('state_key', stateKey === null ? 'is' : '=', stateKey).executeTakeFirst()
  return row?.nid
}

export async function findStateKeys(db: Db, nids: readonly number[]): Promise<Map<number, StateKey>> {
  if (nids.length === 0) return new Map()
  const rows = await sql<{ nid: number, type: string, state_key: string | null }>`
    select nid, type, state_key from state_keys where nid = any(${nids}::int[])`.execute(db)
  return new Map(rows.rows.map((row) => (
    [row.nid, { type: readName(row.type), stateKey: row.state_key === null ? null : readName(row.state_key) }]
  )))
}

/** The key as the database holds it. */
export function storedKey({ type, stateKey }: StateKey): StateKey {
  return { type: storedName(type), stateKey: stateKey === null ? null : storedName(stateKey) }
}

/** A block of numbers for events that are yet to be written; returns its first and its size. */
export async function drawEventNids(db: Db): Promise<{ first: number, count: number }> {
  const result = await sql<{ first: number }>`select nextval('event_nids') as first`.execute(db)
  const first = result.rows[0]?.first
  if (first === undefined) throw new Error('PostgreSQL drew no numbers for events')
  return { first, count: 256 }
}
