import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** A place among the redactions, in the order in which they came. */
export interface RedactionPlace { readonly receivedAt: number, readonly nid: number }

/** A redaction, and the event that it redacted; null where it redacted nothing here. */
export interface RedactionRow {
  readonly nid: number
  readonly received_at: number
  readonly target: number | null
}

/** Redactions that came after one and before a time, oldest first. */
export async function listRedactions(db: Db, after: RedactionPlace, before: number, limit: number): Promise<RedactionRow[]> {
  const result = await sql<RedactionRow>`
    select redaction.nid, redaction.received_at, target.nid as target from (
      select nid, received_at, event_id, redacts, room_nid from events
      where redacts is not null and (received_at, nid) > (${after.receivedAt}, ${after.nid}) and received_at < ${before}
      order by received_at, nid limit ${limit}
    ) as redaction
    left join events as target on target.event_id = redaction.redacts and target.redacted_by = redaction.event_id
      and target.room_nid = redaction.room_nid
    order by redaction.received_at, redaction.nid`.execute(db)
  return result.rows
}

export interface PrunedBody {
  readonly nid: number
  readonly bodyClass: number
  readonly day: number
  readonly json: string
}

/** Puts the redacted forms of events in the place of the originals, and forgets which media these showed. */
export async function replaceBodies(db: Db, bodies: readonly PrunedBody[]): Promise<void> {
  if (bodies.length === 0) return
  const nids = bodies.map((body) => body.nid)
  const days = bodies.map((body) => body.day)
  await db.transaction().execute(async (trx) => {
    await sql`delete from event_media where event_nid = any(${nids}::bigint[])`.execute(trx)
    await sql`
      update event_bodies set json = pruned.json
      from unnest(${nids}::bigint[], ${bodies.map((body) => body.bodyClass)}::smallint[], ${days}::int[],
        ${bodies.map((body) => body.json)}::text[]) as pruned(nid, body_class, day, json)
      where event_bodies.event_nid = pruned.nid and event_bodies.body_class = pruned.body_class
        and event_bodies.received_day = pruned.day and event_bodies.received_day = any(${[...new Set(days)]}::int[])`.execute(trx)
  })
}
