import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** What a server is to be told besides events, as the JSON of `edu_type` and `content`. */
export interface UnsentEdu { readonly server: string, readonly pos: number, readonly edu: string }

/** Only for who holds the turn of the stream. */
export async function insertUnsentEdus(trx: Transaction, edus: readonly UnsentEdu[]): Promise<void> {
  if (edus.length === 0) return
  await sql`
    insert into unsent_edus (server_name, pos, edu)
    select * from unnest(${edus.map(({ server }) => server)}::text[], ${edus.map(({ pos }) => pos)}::bigint[],
      ${edus.map(({ edu }) => edu)}::text[])`.execute(trx)
}

/** The oldest of a server. */
export async function listUnsentEdus(db: Db, server: string, limit: number): Promise<{ readonly pos: number, readonly edu: string }[]> {
  return db.selectFrom('unsent_edus').select(['pos', 'edu']).where('server_name', '=', server).orderBy('pos').limit(limit).execute()
}

/** What servers have been sent, each up to a position. */
export async function dropSentEdus(db: Db, sent: readonly { readonly server: string, readonly pos: number }[]): Promise<void> {
  if (sent.length === 0) return
  await sql`
    delete from unsent_edus using unnest(${sent.map(({ server }) => server)}::text[], ${sent.map(({ pos }) => pos)}::bigint[])
      as sent(server_name, pos)
    where unsent_edus.server_name = sent.server_name and unsent_edus.pos <= sent.pos`.execute(db)
}

/**
 * Drops changes of devices that servers have waiting, all but the newest of each user: who misses one asks for all devices
 * (Server-Server API, Device Management).
 */
export async function dropOutdatedEdus(db: Db, servers: readonly string[]): Promise<void> {
  await sql`
    delete from unsent_edus using (
      select server_name, pos,
        row_number() over (partition by server_name, edu::json -> 'content' ->> 'user_id' order by pos desc) as age
      from unsent_edus where server_name = any(${servers}::text[]) and edu::json ->> 'edu_type' = 'm.device_list_update'
    ) as updates
    where unsent_edus.server_name = updates.server_name and unsent_edus.pos = updates.pos and updates.age > 1`.execute(db)
}

/** The servers that do not answer since before a moment, and have anything waiting but events. */
export async function listServersWithOldEdus(db: Db, failingBefore: number): Promise<string[]> {
  const rows = await db.selectFrom('destinations').select('server_name').where('failing_since', '<', failingBefore)
    .where(({ exists, selectFrom }) => exists(
      selectFrom('unsent_edus').select('pos').whereRef('unsent_edus.server_name', '=', 'destinations.server_name'),
    )).execute()
  return rows.map((row) => row.server_name)
}

export interface UndeliverableEdus {
  readonly servers: readonly string[]
  /** What is kept for each of them, the newest. */
  readonly countMax: number
  readonly bytesMax: number
  /** Who does not answer since before that has nothing kept. */
  readonly failingBefore: number
  readonly now: number
}

/** Messages to devices end so: what was written down is canonical JSON. */
const DIRECT = '%"edu_type":"m.direct_to_device"}'

/** Drops messages to devices of servers that are away, and notes how many. What was said of devices and keys stays. */
export async function dropUndeliverableEdus(
  db: Db, { servers, countMax, bytesMax, failingBefore, now }: UndeliverableEdus,
): Promise<number> {
  const result = await sql<{ count: number }>`
    with ranked as (
      select edus.server_name, edus.pos, destinations.failing_since < ${failingBefore} as is_lost,
        row_number() over latest as place, sum(octet_length(edus.edu)) over latest as bytes
      from unsent_edus as edus join destinations on destinations.server_name = edus.server_name
      where edus.server_name = any(${servers}::text[]) and edus.edu like ${DIRECT}
      window latest as (partition by edus.server_name order by edus.pos desc rows unbounded preceding)
    ), dropped as (
      delete from unsent_edus as edus using ranked
      where edus.server_name = ranked.server_name and edus.pos = ranked.pos
        and (ranked.is_lost or ranked.place > ${countMax} or ranked.bytes > ${bytesMax})
      returning edus.server_name
    )
    insert into unsent_edu_losses as losses (server_name, edus, first_at, last_at)
    select server_name, count(*), ${now}::bigint, ${now}::bigint from dropped group by server_name
    on conflict (server_name) do update set edus = losses.edus + excluded.edus, last_at = excluded.last_at
    returning (select count(*)::int from dropped) as count`.execute(db)
  return result.rows[0]?.count ?? 0
}
