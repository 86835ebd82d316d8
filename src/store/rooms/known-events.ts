import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** The header of an event, as far as what follows it must know. */
export interface HeaderRow {
  readonly nid: number
  readonly event_id: string
  readonly room_nid: number
  readonly key_nid: number
  readonly is_state: boolean
  readonly status: number
  readonly pos: number | null
  readonly place_pos: number | null
  readonly place_offset: number
  readonly depth: number
  readonly prev_nids: readonly number[]
  readonly auth_nids: readonly number[]
  readonly state_branch: number | null
  readonly state_seq: number | null
  readonly received_at: number
}

const COLUMNS = sql.raw(`nid, event_id, room_nid, key_nid, is_state, status, pos, place_pos, place_offset, depth, prev_nids, auth_nids,
  state_branch, state_seq, received_at`)

/** The headers of those of the events that are known, by id. */
export async function findHeaders(db: Db, eventIds: readonly string[]): Promise<Map<string, HeaderRow>> {
  if (eventIds.length === 0) return new Map()
  const result = await sql<HeaderRow>`select ${COLUMNS} from events where event_id = any(${eventIds}::text[])`.execute(db)
  return new Map(result.rows.map((row) => [row.event_id, row]))
}

/** The same by number. */
export async function listHeaders(db: Db, nids: readonly number[]): Promise<HeaderRow[]> {
  if (nids.length === 0) return []
  return (await sql<HeaderRow>`select ${COLUMNS} from events where nid = any(${nids}::bigint[])`.execute(db)).rows
}

/** The live events of a room from a position on whose states are told by the main line. */
export async function listMainLineSince(db: Db, room: number, since: number): Promise<number[]> {
  const rows = await db.selectFrom('events').select('nid').where('room_nid', '=', room).where('place_pos', '>=', since)
    .where('pos', 'is not', null).where('state_branch', 'is', null).execute()
  return rows.map((row) => row.nid)
}

/** Numbers of redactions that were accepted before the events that they redact were known, by room and the ids of those. */
export async function listRedactionsOf(
  db: Db, wishes: readonly { readonly room: number, readonly eventIds: readonly string[] }[],
): Promise<Map<number, Map<string, number[]>>> {
  const result = await sql<{ room_nid: number, redacts: string, nids: number[] }>`
    select room_nid, redacts, array_agg(nid order by nid) as nids from events
    where redacts = any(${wishes.flatMap(({ eventIds }) => eventIds)}::text[])
      and room_nid = any(${wishes.map(({ room }) => room)}::int[]) and status = 0 group by room_nid, redacts`.execute(db)
  const byRoom = Map.groupBy(result.rows, (row) => row.room_nid)
  return new Map([...byRoom].map(([room, rows]) => [room, new Map(rows.map((row) => [row.redacts, row.nids]))]))
}
