import type { QueryConfig } from 'pg'
import type { PinnedClient } from './database.ts'
import { applicationName } from './fence.ts'
import { lockPositions } from './positions.ts'

/** The time of a process in which it holds leases. */
export interface Tenure {
  readonly epoch: number
  readonly address: string | null
  readonly home: string
  /** It was not renewed in time. */
  readonly isExpired: boolean
  /** The connection that the process keeps for as long as it lives is there. */
  readonly hasSession: boolean
}

/** With the epoch as second number: the advisory lock by which a process shows that it lives. */
const LIFE_LOCK = 4_807_003
const LIFETIME = `interval '10 s'`
/** Whoever holds the positions' lock for longer is waited for at the next attempt. */
const LOCK_TIMEOUT_MS = 5_000
/** A connection that is silent for so long is given up. */
const SILENCE_MAX_MS = 4_000
const SESSION_END_MS = 5_000

const HAS_SESSION = `exists (
  select from pg_locks where locktype = 'advisory' and objsubid = 2 and classid = ${LIFE_LOCK} and objid = tenures.epoch::oid
    and database = (select oid from pg_database where datname = current_database()))`

export async function listTenures(client: PinnedClient): Promise<Tenure[]> {
  const { rows } = await client.query<Tenure>({
    text: `select epoch, address, home, expires_at < clock_timestamp() as "isExpired", ${HAS_SESSION} as "hasSession" from tenures`,
    query_timeout: SILENCE_MAX_MS,
  } as QueryConfig)
  return rows
}

/**
 * Begins an epoch in which the named leases are held, all of them; undefined where one is held by somebody else. The
 * tenures that are given end first, unless their processes have come back meanwhile.
 */
export async function takeLeases(
  client: PinnedClient,
  { names, over, address, home }: { names: readonly string[], over: readonly number[], address: string | undefined, home: string },
): Promise<number | undefined> {
  await client.query('begin')
  try {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
    await lockPositions(client)
    await client.query(
      `delete from tenures where epoch = any($1::int[]) and (expires_at < clock_timestamp() or not ${HAS_SESSION})`, [over])
    await client.query('insert into leases (name) select unnest($1::text[]) on conflict do nothing', [names])
    const begun = await client.query<{ epoch: number }>(
      `insert into tenures (address, home, expires_at) values ($1, $2, clock_timestamp() + ${LIFETIME}) returning epoch`, [address, home])
    const epoch = begun.rows[0]?.epoch
    const taken = await client.query(
      'update leases set epoch = $1 where epoch is null and name = any($2::text[])', [epoch, names])
    if (epoch === undefined || taken.rowCount !== names.length) {
      await client.query('rollback')
      return undefined
    }
    await showLife(client, epoch)
    await client.query('commit')
    return epoch
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Holds the lock of a living process on this connection; false while an earlier connection of it still does. */
export async function showLife(client: PinnedClient, epoch: number): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1::int, $2::int) as held', [LIFE_LOCK, epoch])
  return rows[0]?.held === true
}

/**
 * Puts the end of a tenure off; false when it is over. Nobody waits for the disk: what a crash of PostgreSQL takes back is
 * a little time.
 */
export async function renewTenure(client: PinnedClient, epoch: number): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'renew_tenure',
    text: `with hurry as (select set_config('synchronous_commit', 'off', true))
      update tenures set expires_at = clock_timestamp() + ${LIFETIME} from hurry where epoch = $1`,
    values: [epoch],
    query_timeout: SILENCE_MAX_MS,
  } as QueryConfig)
  return rowCount === 1
}

/** Gives the leases back. */
export async function endTenure(client: PinnedClient, epoch: number): Promise<void> {
  await client.query('delete from tenures where epoch = $1', [epoch])
}

/**
 * Ends the connections of epochs: what a dead process left to PostgreSQL is done or undone then, and one that was paused
 * holds no lock any more for which others would wait.
 */
export async function endSessions(client: PinnedClient, epochs: readonly number[]): Promise<void> {
  const end = `select pg_terminate_backend(pid, $2) from pg_stat_activity
    where application_name = any($1::text[]) and datname = current_database() and pid <> pg_backend_pid()`
  const names = epochs.map(applicationName)
  await client.query(end, [names, 0])
  await client.query(end, [names, SESSION_END_MS])
}
