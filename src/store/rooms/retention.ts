import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Place } from './events.ts'

/** What a room says about how long its messages are kept. */
export interface RetentionEventRow {
  readonly room_nid: number
  readonly redacted: boolean
  readonly json: string | null
}

/** The present `m.room.retention` of all rooms that have one, or of some of them. */
export async function listRetentionEvents(db: Db, rooms?: readonly number[]): Promise<RetentionEventRow[]> {
  const result = await sql<RetentionEventRow>`
    select state_log.room_nid, events.redacted_by is not null as redacted, event_bodies.json
    from rooms
    join state_log on state_log.room_nid = rooms.nid and state_log.to_pos is null
      and state_log.key_nid = (select nid from state_keys where type = 'm.room.retention' and state_key = '')
    join events on events.nid = state_log.event_nid
    left join event_bodies on event_bodies.event_nid = events.nid and event_bodies.body_class = 0
      and event_bodies.received_day = (events.received_at / 86400000)::int
    where rooms.deleted_at is null and ${rooms === undefined ? sql`true` : sql`rooms.nid = any(${rooms}::int[])`}`.execute(db)
  return result.rows
}

/** To which lifetimes the bodies of rooms that have their own were last brought; undefined for ever. */
export async function listAppliedLifetimes(db: Db): Promise<Map<number, number | undefined>> {
  const rows = await db.selectFrom('room_retention').selectAll().execute()
  return new Map(rows.map((row) => [row.room_nid, row.lifetime_ms ?? undefined]))
}

export async function saveAppliedLifetime(db: Db, room: number, lifetimeMs: number | undefined): Promise<void> {
  const lifetime_ms = lifetimeMs ?? null
  await db.insertInto('room_retention').values({ room_nid: room, lifetime_ms })
    .onConflict((conflict) => conflict.column('room_nid').doUpdateSet({ lifetime_ms })).execute()
}

/** Notes that a room is kept as the server keeps rooms by default. */
export async function deleteAppliedLifetime(db: Db, room: number): Promise<void> {
  await db.deleteFrom('room_retention').where('room_nid', '=', room).execute()
}

/** The next room after one. */
export async function findNextRoom(db: Db, after: number): Promise<number | undefined> {
  const row = await db.selectFrom('rooms').select('nid').where('nid', '>', after).orderBy('nid').limit(1).executeTakeFirst()
  return row?.nid
}

/** How an event is stored. */
export interface StoredPlace {
  readonly nid: number
  readonly place_pos: number
  readonly place_offset: number
  readonly is_state: boolean
  readonly body_class: number
  readonly received_at: number
  readonly origin_server_ts: number
  readonly sender_nid: number
}

export const START: Place = { pos: -1, offset: 0 }

/** The events of a room from a place on, whatever became of them. */
export async function listStoredPlaces(db: Db, room: number, after: Place, limit: number): Promise<StoredPlace[]> {
  const result = await sql<StoredPlace>`
    select nid, place_pos, place_offset, is_state, body_class, received_at, origin_server_ts, sender_nid from events
    where room_nid = ${room} and place_pos is not null and (place_pos, place_offset) > (${after.pos}, ${after.offset})
    order by place_pos, place_offset limit ${limit}`.execute(db)
  return result.rows
}

/** Bodies that expire, of one day, with the rooms that they are of. */
export async function listBodiesOfDay(
  db: Db, day: number, after: number, limit: number,
): Promise<{ nid: number, room_nid: number }[]> {
  const result = await sql<{ nid: number, room_nid: number }>`
    select bodies.event_nid as nid, events.room_nid from (
      select event_nid from event_bodies
      where body_class = 2 and received_day = ${sql.lit(day)} and event_nid > ${after} order by event_nid limit ${limit}
    ) as bodies join events on events.nid = bodies.event_nid order by bodies.event_nid`.execute(db)
  return result.rows
}

/** Of which days bodies are gone whose time was no longer than so long. */
export async function listSweptDays(db: Db): Promise<Map<number, number>> {
  const rows = await db.selectFrom('retention_days').selectAll().execute()
  return new Map(rows.map((row) => [row.day, row.swept_ms]))
}

export async function saveSweptDay(db: Db, day: number, sweptMs: number): Promise<void> {
  await db.insertInto('retention_days').values({ day, swept_ms: sweptMs })
    .onConflict((conflict) => conflict.column('day').doUpdateSet({ swept_ms: sweptMs })).execute()
}

export async function forgetSweptDays(db: Db, from: number, to: number): Promise<void> {
  await db.deleteFrom('retention_days').where('day', '>=', from).where('day', '<', to).execute()
}

/** Where the bodies that expire are looked through: by day, and within a day by number. */
export interface BodyPlace { readonly day: number, readonly nid: number }

/** Forgets which media the expiring bodies of some days show, of so many of them after a place; the last, undefined at the end. */
export async function forgetMediaOfDays(
  db: Db, { from, to }: { readonly from: number, readonly to: number }, after: BodyPlace, limit: number,
): Promise<BodyPlace | undefined> {
  const result = await sql<{ day: number, nid: number }>`
    with bodies as (
      select received_day as day, event_nid as nid from event_bodies
      where body_class = 2 and received_day >= ${sql.lit(from)} and received_day < ${sql.lit(to)}
        and (received_day, event_nid) > (${after.day}, ${after.nid})
      order by received_day, event_nid limit ${limit}
    ), forgotten as (
      delete from event_media where event_nid in (select nid from bodies)
    )
    select day, nid from bodies order by day desc, nid desc limit 1`.execute(db)
  return result.rows[0]
}

/** Notes that nothing expires any more: where it does again, all rooms are looked through, since much was stored meanwhile. */
export async function forgetAppliedLifetimes(db: Db): Promise<void> {
  await db.updateTable('server_info').set({ value: 'off' }).where('name', '=', 'retention_default').execute()
}
