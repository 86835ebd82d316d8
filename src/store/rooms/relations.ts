import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../database.ts'
import type { Place } from './events.ts'

/** Which children count. Redacted ones never do, and what is known of an event only by hearsay neither. */
export interface ChildFilter {
  /** Users whose events the reader does not want to see. */
  readonly notSenders: readonly number[]
  /** The last position whose events the reader may see. */
  readonly until?: number | undefined
}

const COUNTS = sql`child.status = 0 and child.place_pos is not null and child.redacted_by is null`

function passes({ notSenders, until }: ChildFilter): RawBuilder<unknown> {
  return sql`${notSenders.length === 0 ? sql`true` : sql`not child.sender_nid = any(${notSenders}::int[])`}
    and ${until === undefined ? sql`true` : sql`child.place_pos <= ${until}`}`
}

/** Which of the events others relate to, by the types of relation. */
export async function listRelationTypes(
  db: Db, eventIds: readonly string[], relTypes: readonly string[],
): Promise<Map<string, Set<string>>> {
  const result = await sql<{ event_id: string, rel_type: string }>`
    select wanted.event_id, type.rel_type from unnest(${eventIds}::text[]) as wanted(event_id)
    cross join unnest(${relTypes}::text[]) as type(rel_type)
    where exists (select 1 from events as child where child.relates_to = wanted.event_id and child.rel_type = type.rel_type)`.execute(db)
  const types = new Map<string, Set<string>>()
  for (const { event_id: eventId, rel_type: relType } of result.rows) {
    const known = types.get(eventId)
    if (known === undefined) types.set(eventId, new Set([relType]))
    else known.add(relType)
  }
  return types
}

/** The latest edits of each of the events, newest first, at most `limit` of each; whether their contents are valid is not looked at. */
export async function listReplacements(
  db: Db, nids: readonly number[], filter: ChildFilter, limit: number,
): Promise<Map<number, number[]>> {
  if (nids.length === 0) return new Map()
  const result = await sql<{ nid: number, edits: number[] }>`
    select parent.nid, array(
      select child.nid from events as child
      where child.relates_to = parent.event_id and child.rel_type = 'm.replace' and child.room_nid = parent.room_nid
        and child.sender_nid = parent.sender_nid and child.key_nid = parent.key_nid and ${COUNTS} and ${passes(filter)}
      order by child.origin_server_ts desc, child.event_id desc limit ${limit}) as edits
    from events as parent where parent.nid = any(${nids}::bigint[])`.execute(db)
  return new Map(result.rows.map((row) => [row.nid, row.edits]))
}

export interface ThreadRow {
  readonly nid: number
  readonly count: number
  readonly participated: boolean
  /** The latest event of the thread; null where none counts. */
  readonly latest: number | null
}

/** The threads that hang on each of the events, as the user `reader` sees them. */
export async function listThreads(db: Db, nids: readonly number[], reader: number, filter: ChildFilter): Promise<Map<number, ThreadRow>> {
  if (nids.length === 0) return new Map()
  const result = await sql<ThreadRow>`
    select parent.nid, counted.count::int, counted.participated or parent.sender_nid = ${reader} as participated, newest.nid as latest
    from events as parent
    cross join lateral (
      select count(*) as count, coalesce(bool_or(child.sender_nid = ${reader}), false) as participated from events as child
      where child.relates_to = parent.event_id and child.rel_type = 'm.thread' and child.room_nid = parent.room_nid
        and ${COUNTS} and ${passes(filter)}
    ) as counted
    left join lateral (
      select child.nid from events as child
      where child.room_nid = parent.room_nid and child.thread_root = parent.event_id and child.rel_type = 'm.thread'
        and ${COUNTS} and ${passes(filter)}
      order by child.place_pos desc, child.place_offset desc limit 1
    ) as newest on true
    where parent.nid = any(${nids}::bigint[])`.execute(db)
  return new Map(result.rows.map((row) => [row.nid, row]))
}

/** The ids of the events that refer to each of the events, oldest first. */
export async function listReferences(
  db: Db, nids: readonly number[], filter: ChildFilter, limit: number,
): Promise<Map<number, string[]>> {
  if (nids.length === 0) return new Map()
  const result = await sql<{ nid: number, references: string[] }>`
    select parent.nid, array(
      select child.event_id from events as child
      where child.relates_to = parent.event_id and child.rel_type = 'm.reference' and child.room_nid = parent.room_nid
        and ${COUNTS} and ${passes(filter)}
      order by child.place_pos, child.place_offset limit ${limit}) as references
    from events as parent where parent.nid = any(${nids}::bigint[])`.execute(db)
  return new Map(result.rows.map((row) => [row.nid, row.references]))
}

export interface RelationsQuery extends ChildFilter {
  readonly room: number
  readonly eventId: string
  readonly relType?: string | undefined
  readonly eventType?: string | undefined
  /** How many steps a relation may lead over. */
  readonly depthMax: number
  /** Events strictly beyond this place, in the direction of reading. */
  readonly beyond: Place
  /** And not beyond this one. */
  readonly end?: Place | undefined
  readonly direction: 'b' | 'f'
  readonly limit: number
}

export interface RelatedRow { readonly nid: number, readonly place: Place }

/**
 * The events that relate to an event, over one step or several. What they must be is asked of those that are returned, not of
 * those on the way to them.
 */
export async function listRelated(db: Db, query: RelationsQuery): Promise<RelatedRow[]> {
  const { room, eventId, relType, eventType, depthMax, beyond, end, limit } = query
  const back = query.direction === 'b'
  const start = back
    ? sql`(child.place_pos, child.place_offset) < (${beyond.pos}, ${beyond.offset})`
    : sql`(child.place_pos, child.place_offset) > (${beyond.pos}, ${beyond.offset})`
  const stop = end === undefined ? sql`true` : back
    ? sql`(child.place_pos, child.place_offset) >= (${end.pos}, ${end.offset})`
    : sql`(child.place_pos, child.place_offset) <= (${end.pos}, ${end.offset})`
  const order = sql.raw(back ? 'child.place_pos desc, child.place_offset desc' : 'child.place_pos, child.place_offset')
  const result = await sql<{ nid: number, place_pos: number, place_offset: number }>`
    with recursive related (nid, event_id, depth) as (
      select child.nid, child.event_id, 1 from events as child
      where child.relates_to = ${eventId} and child.room_nid = ${room} and ${COUNTS}
      union
      select child.nid, child.event_id, related.depth + 1 from related
      join events as child on child.relates_to = related.event_id and child.room_nid = ${room} and ${COUNTS}
      where related.depth < ${depthMax}
    )
    select child.nid, child.place_pos, child.place_offset from events as child
    ${eventType === undefined ? sql`` : sql`join state_keys on state_keys.nid = child.key_nid and state_keys.type = ${eventType}`}
    where child.nid in (select nid from related) and ${start} and ${stop} and ${passes(query)}
      and ${relType === undefined ? sql`true` : sql`child.rel_type = ${relType}`}
    order by ${order} limit ${limit}`.execute(db)
  return result.rows.map((row) => ({ nid: row.nid, place: { pos: row.place_pos, offset: row.place_offset } }))
}

export interface ThreadListQuery extends ChildFilter {
  readonly room: number
  /** Only threads whose latest event is older than this place. */
  readonly before: Place
  /** Only threads in which this user takes part. */
  readonly participant?: number | undefined
  readonly limit: number
}

/** The roots of a room's threads with the places of their latest events, the thread with the latest one first. */
export async function listThreadRoots(db: Db, query: ThreadListQuery): Promise<RelatedRow[]> {
  const { room, before, participant, limit } = query
  const participates = participant === undefined ? sql`true` : sql`(root.sender_nid = ${participant} or threads.participated)`
  const result = await sql<{ nid: number, latest: number[] }>`
    select root.nid, threads.latest from (
      select child.thread_root, max(array[child.place_pos, child.place_offset]) as latest,
        ${participant === undefined ? sql`true` : sql`bool_or(child.sender_nid = ${participant})`} as participated
      from events as child
      where child.room_nid = ${room} and child.thread_root is not null and child.rel_type = 'm.thread'
        and ${COUNTS} and ${passes(query)}
      group by child.thread_root
    ) as threads
    join events as root on root.event_id = threads.thread_root and root.room_nid = ${room} and root.status = 0
      and root.place_pos is not null
    where threads.latest < array[${before.pos}::bigint, ${before.offset}::bigint] and ${participates}
    order by threads.latest desc limit ${limit}`.execute(db)
  return result.rows.map(({ nid, latest: [pos = 0, offset = 0] }) => ({ nid, place: { pos, offset } }))
}

/** The annotations of one type that a user has put on an event. */
export async function listAnnotations(
  db: Db, { eventId, room, sender, key }: { eventId: string, room: number, sender: number, key: number },
): Promise<number[]> {
  const result = await sql<{ nid: number }>`
    select child.nid from events as child
    where child.relates_to = ${eventId} and child.rel_type = 'm.annotation' and child.room_nid = ${room} and child.sender_nid = ${sender}
      and child.key_nid = ${key} and ${COUNTS}`.execute(db)
  return result.rows.map((row) => row.nid)
}

/** Whether an event of the room already relates to this one. */
export async function hasRelations(db: Db, room: number, eventId: string): Promise<boolean> {
  const result = await sql`
    select 1 from events as child where child.relates_to = ${eventId} and child.room_nid = ${room} and ${COUNTS} limit 1`.execute(db)
  return result.rows.length > 0
}
