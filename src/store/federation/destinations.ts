import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** A server that does not answer. */
export interface FailingDestination {
  readonly serverName: string
  readonly failingSince: number
  readonly retryAt: number
  readonly intervalMs: number
  readonly problem: string
}

/** Those that are to be left alone longest, first. */
export async function listFailingDestinations(db: Db, max: number): Promise<FailingDestination[]> {
  return db.selectFrom('destinations').select([
    'server_name as serverName', 'failing_since as failingSince', 'retry_at as retryAt', 'interval_ms as intervalMs', 'problem',
  ]).orderBy('retry_at', 'desc').limit(max).execute()
}

export async function saveFailingDestinations(db: Db, destinations: readonly FailingDestination[]): Promise<void> {
  if (destinations.length === 0) return
  await sql`
    insert into destinations (server_name, failing_since, retry_at, interval_ms, problem)
    select * from unnest(
      ${destinations.map(({ serverName }) => serverName)}::text[], ${destinations.map(({ failingSince }) => failingSince)}::bigint[],
      ${destinations.map(({ retryAt }) => retryAt)}::bigint[], ${destinations.map(({ intervalMs }) => intervalMs)}::bigint[],
      ${destinations.map(({ problem }) => problem)}::text[])
    on conflict (server_name) do update set failing_since = excluded.failing_since, retry_at = excluded.retry_at,
      interval_ms = excluded.interval_ms, problem = excluded.problem`.execute(db)
}

export async function deleteFailingDestinations(db: Db, serverNames: readonly string[]): Promise<void> {
  if (serverNames.length === 0) return
  await sql`delete from destinations where server_name = any(${serverNames}::text[])`.execute(db)
}
