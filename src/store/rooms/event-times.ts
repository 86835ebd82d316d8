import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface TimeQuery {
  readonly room: number
  readonly ts: number
  readonly direction: 'b' | 'f'
  /** How far to look from the time on. */
  readonly withinMs: number
  readonly limit: number
}

/** The numbers of a room's accepted events at a time or beyond it, the nearest first. */
export async function listEventsNear(db: Db, { room, ts, direction, withinMs, limit }: TimeQuery): Promise<number[]> {
  const range = direction === 'f'
    ? sql`origin_server_ts >= ${ts} and origin_server_ts <= ${ts + withinMs}`
    : sql`origin_server_ts <= ${ts} and origin_server_ts >= ${ts - withinMs}`
  const order = direction === 'f'
    ? sql`origin_server_ts, place_pos, place_offset`
    : sql`origin_server_ts desc, place_pos desc, place_offset desc`
  const result = await sql<{ nid: number }>`
    select nid from events where room_nid = ${room} and status = 0 and place_pos is not null and ${range}
    order by ${order} limit ${limit}`.execute(db)
  return result.rows.map((row) => row.nid)
}
