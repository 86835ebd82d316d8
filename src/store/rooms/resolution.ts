import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { storedKey, type StateKey } from '../dictionary.ts'

/** An event as the resolution of states needs it. */
export interface ResolvableRow {
  readonly nid: number
  readonly event_id: string
  readonly key_nid: number
  readonly is_rejected: boolean
  readonly is_redacted: boolean
  readonly auth_nids: number[]
  /** The signed event as canonical JSON; null when it was purged. */
  readonly json: string | null
}

/** The events with these numbers, in no particular order. */
export async function listResolvableRows(db: Db, nids: readonly number[]): Promise<ResolvableRow[]> {
  const result = await sql<ResolvableRow>`
    select events.nid, events.event_id, events.key_nid, events.status = 1 as is_rejected, events.redacted_by is not null as is_redacted,
      events.auth_nids, event_bodies.json
    from events
    left join event_bodies on event_bodies.event_nid = events.nid and event_bodies.body_class in (0, 1)
      and event_bodies.body_class = events.body_class
      and event_bodies.received_day = (events.received_at / 86400000)::int
    where events.nid = any(${nids}::bigint[])`.execute(db)
  return result.rows
}

/** From the events of a key among these back through those of the key that authorised them: each with the one before it. */
export async function listLine(db: Db, nids: readonly number[], key: number): Promise<{ event_id: string, before: string | null }[]> {
  const result = await sql<{ event_id: string, before: string | null }>`
    with recursive line(nid) as (
      select nid from events where nid = any(${nids}::bigint[]) and key_nid = ${key}
      union
      select cited.nid from line join events on events.nid = line.nid
      join events as cited on cited.nid = any(events.auth_nids) and cited.key_nid = ${key}
    )
    select events.event_id, (
      select cited.event_id from unnest(events.auth_nids) with ordinality as auth(nid, place)
      join events as cited on cited.nid = auth.nid and cited.key_nid = ${key} order by auth.place limit 1
    ) as before
    from line join events on events.nid = line.nid`.execute(db)
  return result.rows
}

/** The numbers of those of the keys that some event has had. */
export async function findStateKeyNids(db: Db, keys: readonly StateKey[]): Promise<number[]> {
  if (keys.length === 0) return []
  const stored = keys.map(storedKey)
  const result = await sql<{ nid: number }>`
    select state_keys.nid
    from unnest(${stored.map((key) => key.type)}::text[], ${stored.map((key) => key.stateKey)}::text[]) as wanted(type, state_key)
    join state_keys on state_keys.type = wanted.type and state_keys.state_key = wanted.state_key`.execute(db)
  return result.rows.map((row) => row.nid)
}
