import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** The servers that have not been sent everything. */
export async function listUnsentServers(db: Db): Promise<string[]> {
  const result = await sql<{ server_name: string }>`
    select distinct server_name from unsent_events union select distinct server_name from unsent_edus
    union select server_name from unanswered_transactions`.execute(db)
  return result.rows.map((row) => row.server_name)
}

/** How a server stands that does not answer, or has not been sent everything. */
export interface OutboxStatus {
  readonly server: string
  /** Rooms of which it has not been sent everything. */
  readonly rooms: number
  readonly edus: number
  /** Messages to devices that it will never get. */
  readonly lostEdus: number
  /** When the transaction was made that it does not answer. */
  readonly unansweredSince: number | null
  readonly failingSince: number | null
  readonly retryAt: number | null
  readonly problem: string | null
}

/** All such servers, or one of them, by name. */
export async function listOutboxStatus(db: Db, server?: string): Promise<OutboxStatus[]> {
  const result = await sql<OutboxStatus>`
    with rooms as (select server_name, count(*) as count from unsent_events group by server_name),
      edus as (select server_name, count(*) as count from unsent_edus group by server_name)
    select server_name as server, coalesce(rooms.count, 0)::int as rooms, coalesce(edus.count, 0)::int as edus,
      coalesce(losses.edus, 0)::int as "lostEdus",
      unanswered.created_at as "unansweredSince", destinations.failing_since as "failingSince", destinations.retry_at as "retryAt",
      destinations.problem
    from destinations full join rooms using (server_name) full join edus using (server_name)
      full join unanswered_transactions as unanswered using (server_name)
      left join unsent_edu_losses as losses using (server_name)
    where ${server ?? null}::text is null or server_name = ${server ?? null}
    order by server_name`.execute(db)
  return result.rows
}

/** Whether anything was ever to be sent to a server, or somebody there is known here. */
export async function isKnownServer(db: Db, server: string): Promise<boolean> {
  const result = await sql<{ known: boolean }>`
    select exists (select from destinations where server_name = ${server})
      or exists (select from unsent_events where server_name = ${server})
      or exists (select from unsent_edus where server_name = ${server})
      or exists (select from unanswered_transactions where server_name = ${server})
      or exists (select from users where substr(user_id, strpos(user_id, ':') + 1) = ${server}) as known`.execute(db)
  return result.rows[0]?.known === true
}

/** Has a server tried at once: by the program that runs, or when it starts. */
export async function askForReset(db: Db, server: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('destinations').where('server_name', '=', server).execute()
    await sql`insert into destination_resets (server_name) values (${server}) on conflict do nothing`.execute(trx)
  })
}

/** The servers that are to be tried at once; each is told once. */
export async function takeResets(db: Db): Promise<string[]> {
  const rows = await db.deleteFrom('destination_resets').returning('server_name').execute()
  return rows.map((row) => row.server_name)
}
