import { CompiledQuery } from 'kysely'
import type { Db } from './database.ts'

/** Runs one statement with its values. */
type Run = (text: string, values: readonly (string | number)[]) => Promise<unknown>

/** When a database was restored from what, as far as that is known. */
export interface Restored {
  /** The epoch in which the backup was made. */
  readonly from: number
  /** The highest position that is known to have been given out. */
  readonly above: number
  readonly now: number
}

/**
 * The same backup may be restored again, and the time since it was restored first is lost then, too. Nothing in it tells of
 * that time, so what must not be the same twice is bound to the clock: epochs count the seconds since the year 2026, and
 * positions begin above a hundred for each millisecond, more than are ever given out.
 */
const FIRST_EPOCH_AT = Date.UTC(2026)
const POSITIONS_OF_MS = 100

/** Where the clock is wrong, so many positions are left free for those of the lost time. */
const LOST_POSITIONS_MAX = 1_000_000_000_000

/**
 * Begins a new epoch in a database that was restored and has no server at work: tokens that were given out before lead to a
 * first sync. What the server did in the time that was lost is not known to it, but others may have seen it, so nothing of
 * that may be done a second time:
 * - Positions of that time stay free. Other servers know changes of devices by them and would pass over lower ones.
 * - One-time keys that were issued would be issued again, and what was sent with them could not be read. Clients upload
 *   others as soon as they hear that none is left; fallback keys count as used, so that these are replaced too.
 * - The devices of all users are announced anew: what others were told of them may not be what they are now.
 * - What is known of the devices of others may be what they were: it is asked for anew.
 *
 * Returns the new epoch.
 */
export async function beginEpochBy(run: Run, { from, above, now }: Restored): Promise<number> {
  const epoch = Math.max(from + 1, Math.floor((now - FIRST_EPOCH_AT) / 1000))
  await run(`insert into server_info (name, value) values ('restore_epoch', $1)
    on conflict (name) do update set value = excluded.value`, [String(epoch)])
  await run(`select setval('positions', case when given.out < $2::bigint then $2::bigint else given.out + $3::bigint end)
    from (select greatest(last_value, $1::bigint) as out from positions) as given`, [above, now * POSITIONS_OF_MS, LOST_POSITIONS_MAX])
  await run('delete from one_time_keys', [])
  await run('update fallback_keys set used = true', [])
  // A backup of before this table was there has none.
  await run(`do $$ begin
    if to_regclass('remote_device_lists') is not null then delete from remote_device_lists; end if;
  end $$`, [])
  await run(`insert into device_list_changes (pos, user_nid, device_id)
    select nextval('positions'), user_nid, device_id
    from (select user_nid, min(device_id) as device_id from device_keys group by user_nid order by user_nid) as told`, [])
  return epoch
}

/** The same, all or nothing. */
export function beginEpoch(db: Db, restored: Restored): Promise<number> {
  return db.transaction().execute((trx) => (
    beginEpochBy((text, values) => trx.executeQuery(CompiledQuery.raw(text, [...values])), restored)
  ))
}
