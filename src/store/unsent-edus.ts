import { sql } from 'kysely'
import type { Db, Transaction } from './database.ts'

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
 * Drops changes of devices that a server has waiting, all but the newest of each user: who misses one asks for all devices
 * (Server-Server API, Device Management).
 */
export async function dropOutdatedEdus(db: Db, server: string): Promise<void> {
  await sql`
    delete from unsent_edus using (
      select pos, row_number() over (partition by edu::json -> 'content' ->> 'user_id' order by pos desc) as age
      from unsent_edus where server_name = ${server} and edu::json ->> 'edu_type' = 'm.device_list_update'
    ) as updates
    where unsent_edus.server_name = ${server} and unsent_edus.pos = updates.pos and updates.age > 1`.execute(db)
}
