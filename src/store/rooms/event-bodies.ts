import { sql } from 'kysely'
import { DAY_MS } from '../../util/durations.ts'
import type { Db } from '../database.ts'

/** The class of the bodies of messages that are kept, and of those that go some time after their day. State is never purged. */
export const KEPT_CLASS = 1
export const EXPIRING_CLASS = 2

/** The day by which a body is stored. */
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS)

/** The bodies of events whose headers say that they expire. One of them may have been moved to those that are kept meanwhile. */
export async function listExpiringBodies(
  db: Db, events: readonly { readonly nid: number, readonly received_at: number }[],
): Promise<Map<number, string>> {
  const nids = events.map((event) => event.nid)
  const days = [...new Set(events.map((event) => dayOf(event.received_at)))]
  const result = await sql<{ event_nid: number, json: string }>`
    select event_nid, json from event_bodies
    where body_class in (1, 2) and received_day = any(${days}::int[]) and event_nid = any(${nids}::bigint[])`.execute(db)
  return new Map(result.rows.map((row) => [row.event_nid, row.json]))
}

type StoredBody = Readonly<{ nid: number, received_at: number }>

/** Deletes the bodies of messages for good, and what is noted of the media in them; how many there were. */
export async function deleteBodies(db: Db, events: readonly StoredBody[]): Promise<number> {
  if (events.length === 0) return 0
  const nids = events.map((event) => event.nid)
  const days = [...new Set(events.map((event) => dayOf(event.received_at)))]
  return db.transaction().execute(async (trx) => {
    await sql`delete from event_media where event_nid = any(${nids}::bigint[])`.execute(trx)
    const deleted = await sql`
      delete from event_bodies
      where body_class in (1, 2) and received_day = any(${days}::int[]) and event_nid = any(${nids}::bigint[])`.execute(trx)
    return Number(deleted.numAffectedRows ?? 0)
  })
}

/**
 * Stores the bodies of messages as expiring, or as kept again. False where a header was being written: the caller comes back,
 * rather than have the committer wait for us and us for it.
 */
export async function moveBodies(db: Db, events: readonly StoredBody[], toClass: number): Promise<boolean> {
  if (events.length === 0) return true
  const nids = events.map((event) => event.nid)
  const days = [...new Set(events.map((event) => dayOf(event.received_at)))]
  return db.transaction().execute(async (trx) => {
    const locked = await sql`select from events where nid = any(${nids}::bigint[]) for update skip locked`.execute(trx)
    if (locked.rows.length < nids.length) return false
    await sql`
      with moved as (
        delete from event_bodies
        where body_class = ${sql.lit(toClass === EXPIRING_CLASS ? KEPT_CLASS : EXPIRING_CLASS)} and received_day = any(${days}::int[])
          and event_nid = any(${nids}::bigint[])
        returning event_nid, received_day, json
      )
      insert into event_bodies (event_nid, body_class, received_day, json)
      select event_nid, ${toClass}, received_day, json from moved`.execute(trx)
    await sql`update events set body_class = ${toClass} where nid = any(${nids}::bigint[])`.execute(trx)
    return true
  })
}
