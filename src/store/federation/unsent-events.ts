import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Events of a room that a server has not been sent. */
export interface UnsentEvents {
  readonly server: string
  readonly room: number
  /** Of the newest of them. */
  readonly pos: number
  /** Of those before it, in order; undefined where they are too many. */
  readonly earlier: readonly number[] | undefined
}

/** So many of a room are remembered one by one besides the newest. */
export const EARLIER_MAX = 20

/** Notes what servers are to be sent, behind what they have not been sent already. Doing it twice is the same as once. */
export async function addUnsentEvents(db: Db, unsent: readonly UnsentEvents[]): Promise<void> {
  if (unsent.length === 0) return
  await sql`
    insert into unsent_events as known (server_name, room_nid, pos, earlier)
    select server_name, room_nid, pos, earlier::bigint[] from unnest(
      ${unsent.map(({ server }) => server)}::text[], ${unsent.map(({ room }) => room)}::int[], ${unsent.map(({ pos }) => pos)}::bigint[],
      ${unsent.map(({ earlier }) => earlier === undefined ? null : `{${earlier.join()}}`)}::text[]
    ) as new(server_name, room_nid, pos, earlier)
    order by server_name, room_nid
    on conflict (server_name, room_nid) do update set pos = excluded.pos, earlier = case
      when cardinality(known.earlier) + cardinality(excluded.earlier) < ${EARLIER_MAX}
      then known.earlier || known.pos || array(select pos from unnest(excluded.earlier) as pos where pos > known.pos) end
    where excluded.pos > known.pos`.execute(db)
}

/** What a server has not been sent, by rooms, those first that have waited longest. */
export async function listUnsentEvents(
  db: Db, server: string, limit: number,
): Promise<{ readonly room: number, readonly positions: readonly number[] }[]> {
  const rows = await db.selectFrom('unsent_events').select(['room_nid', 'pos', 'earlier'])
    .where('server_name', '=', server).orderBy('pos').limit(limit).execute()
  return rows.map(({ room_nid: room, pos, earlier }) => ({ room, positions: [...earlier ?? [], pos] }))
}

/** What has been sent to a server: of a room, everything up to a position. */
export interface SentEvents { readonly server: string, readonly room: number, readonly pos: number }

export async function dropSentEvents(db: Db, sent: readonly SentEvents[]): Promise<void> {
  if (sent.length === 0) return
  await sql`
    with sent as (
      select * from unnest(${sent.map(({ server }) => server)}::text[], ${sent.map(({ room }) => room)}::int[],
        ${sent.map(({ pos }) => pos)}::bigint[]) as sent(server_name, room_nid, pos)
    ), gone as (
      delete from unsent_events as known using sent
      where known.server_name = sent.server_name and known.room_nid = sent.room_nid and known.pos <= sent.pos
    )
    update unsent_events as known set earlier = array(select pos from unnest(known.earlier) as pos where pos > sent.pos)
    from sent
    where known.server_name = sent.server_name and known.room_nid = sent.room_nid and known.pos > sent.pos
      and known.earlier[1] <= sent.pos`.execute(db)
}

/** An event that may have to be sent. */
export interface SendableEvent {
  readonly nid: number
  readonly room: number
  readonly pos: number
  /** Whose membership it changes. */
  readonly target: string | null
  /** The server that has it already. */
  readonly origin: string | null
}

/** The live events after a position and up to another that are of users of this server, or that it promised to send. */
export async function listSendableEvents(
  db: Db, { serverName, after, upTo, limit }: { serverName: string, after: number, upTo: number, limit: number },
): Promise<SendableEvent[]> {
  const end = `:${serverName}`
  const result = await sql<SendableEvent>`
    select events.nid, events.room_nid as room, events.pos, carried.origin,
      case when state_keys.type = 'm.room.member' then state_keys.state_key end as target
    from events
    join users on users.nid = events.sender_nid
    join state_keys on state_keys.nid = events.key_nid
    left join carried_events as carried on carried.event_id = events.event_id
    where events.pos > ${after} and events.pos <= ${upTo} and events.status = 0
      and (right(users.user_id, ${end.length}) = ${end} or carried.event_id is not null)
    order by events.pos limit ${limit}`.execute(db)
  return result.rows
}

/** The numbers of the events at these positions. */
export async function listEventsAt(db: Db, positions: readonly number[]): Promise<Map<number, number>> {
  if (positions.length === 0) return new Map()
  const rows = await sql<{ pos: number, nid: number }>`
    select pos, nid from events where pos = any(${positions}::bigint[])`.execute(db)
  return new Map(rows.rows.map(({ pos, nid }) => [pos, nid]))
}

/** The users who were joined to a room before or after the event at a position. */
export async function listJoinedAround(db: Db, room: number, pos: number): Promise<string[]> {
  const result = await sql<{ state_key: string }>`
    select state_keys.state_key from state_log as log join state_keys on state_keys.nid = log.key_nid
    where log.room_nid = ${room} and log.membership = 'join' and log.from_pos <= ${pos}
      and (log.to_pos is null or (log.to_pos >= ${pos} and log.to_pos > log.from_pos))`.execute(db)
  return result.rows.map((row) => row.state_key)
}
