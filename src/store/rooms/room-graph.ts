import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { withNames } from '../stored-names.ts'

/** An event of a room's graph without its body. */
export interface GraphRow {
  readonly nid: number
  readonly event_id: string
  readonly type: string
  readonly state_key: string | null
  readonly sender: string
  readonly status: number
  readonly pos: number | null
  readonly depth: number
  readonly prev_nids: readonly number[]
  readonly auth_nids: readonly number[]
  readonly state_branch: number | null
  readonly state_seq: number | null
  /** It names a predecessor that we do not have. */
  readonly has_gap: boolean
  /** The state before it rests on what another server told. */
  readonly is_told: boolean
}

const COLUMNS = sql.raw(`events.nid, event_id, state_keys.type, state_keys.state_key, users.user_id as sender, status, pos, depth,
  prev_nids, auth_nids, state_branch, state_seq, exists (select from event_gaps where event_gaps.event_nid = events.nid) as has_gap,
  exists (select from state_branches where state_branches.nid = events.nid and is_told) as is_told`)
const JOINS = sql.raw('join state_keys on state_keys.nid = events.key_nid join users on users.nid = events.sender_nid')

/** A slice of all events of a room in the order of their numbers. */
export async function listGraph(db: Db, room: number, { after, limit }: { after: number, limit: number }): Promise<GraphRow[]> {
  const result = await sql<GraphRow>`
    select ${COLUMNS} from events ${JOINS}
    where room_nid = ${room} and events.nid > ${after} order by events.nid limit ${limit}`.execute(db)
  return result.rows.map(withNames)
}

/** The newest events that are part of the graph, outliers and the like left out; the oldest of them first. */
export async function listNewestOfGraph(db: Db, room: number, limit: number): Promise<GraphRow[]> {
  const result = await sql<GraphRow>`
    select ${COLUMNS} from events ${JOINS}
    where room_nid = ${room} and place_pos is not null order by place_pos desc, place_offset desc limit ${limit}`.execute(db)
  return result.rows.map(withNames).toReversed()
}
