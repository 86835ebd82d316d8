import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { withNames } from '../stored-names.ts'
import type { RoomRow, StateRow } from './rooms.ts'

/** The rooms with these ids, in no particular order. What others name need not be an id: PostgreSQL takes no text with a NUL. */
export async function listRoomsById(db: Db, roomIds: readonly string[]): Promise<RoomRow[]> {
  const storable = roomIds.filter((roomId) => !roomId.includes('\0'))
  const result = await sql<RoomRow>`
    select nid, room_id, version, published from rooms where room_id = any(${storable}::text[]) and deleted_at is null`.execute(db)
  return result.rows
}

/** The present state of many rooms, by room. Members come without a body. */
export async function listCurrentStates(db: Db, rooms: readonly number[]): Promise<Map<number, (StateRow & { room_nid: number })[]>> {
  const result = await sql<StateRow & { room_nid: number }>`
    select state_log.room_nid, state_log.key_nid, state_keys.type, state_keys.state_key, state_log.event_nid, events.event_id,
      users.user_id as sender, state_log.from_pos as pos, state_log.membership, events.redacted_by is not null as redacted,
      event_bodies.json
    from state_log
    join state_keys on state_keys.nid = state_log.key_nid
    join events on events.nid = state_log.event_nid
    join users on users.nid = events.sender_nid
    left join event_bodies on state_log.membership is null and event_bodies.event_nid = events.nid
      and event_bodies.body_class = 0 and event_bodies.received_day = (events.received_at / 86400000)::int
    where state_log.room_nid = any(${rooms}::int[]) and state_log.to_pos is null`.execute(db)
  return Map.groupBy(result.rows.map(withNames), (row) => row.room_nid)
}

/** An event that the next one names as its predecessor. */
export interface ExtremityRow {
  readonly nid: number
  readonly event_id: string
  readonly depth: number
  readonly pos: number | null
  readonly state_branch: number | null
  readonly state_seq: number | null
}

/** Stands among the other extremities of an event that is none itself: what came after it was here before it. */
export const WITHOUT_ITSELF = 0

/** Who was away for longer than so many breaks is told of the last ones. */
const BREAKS_MAX = 100

/** How far a room has come. */
export interface LatestEvent {
  /** The last position at which anything happened in it. */
  readonly pos: number
  /** The last position at which its state changed. */
  readonly lastChange: number
  readonly extremities: readonly ExtremityRow[]
  /** The positions of the last live events before which history was not known, latest first. */
  readonly breaks: readonly number[]
}

/** The last live event of each room with the extremities beside it, by room. */
export async function listLatestEvents(db: Db, rooms: readonly number[]): Promise<Map<number, LatestEvent>> {
  const latest = await sql<{
    room_nid: number, nid: number, pos: number, others: number[] | null, last_change: number | null, breaks: number[],
  }>`
    select wanted.room_nid, latest.nid, latest.pos, latest.others,
      (select max(from_pos) from state_log where state_log.room_nid = wanted.room_nid) as last_change,
      array(
        select pos from history_breaks where history_breaks.room_nid = wanted.room_nid order by pos desc limit ${BREAKS_MAX}
      ) as breaks
    from unnest(${rooms}::int[]) as wanted(room_nid)
    cross join lateral (
      select nid, pos, other_extremities as others from events
      where events.room_nid = wanted.room_nid and place_pos is not null and place_offset = 0 and status = 0
      order by place_pos desc, place_offset desc limit 1
    ) as latest`.execute(db)
  const nids = latest.rows.flatMap((row) => [row.nid, ...row.others ?? []])
  const extremities = await sql<ExtremityRow>`
    select nid, event_id, depth, pos, state_branch, state_seq from events where nid = any(${nids}::bigint[])`.execute(db)
  const byNid = new Map(extremities.rows.map((row) => [row.nid, row]))
  return new Map(latest.rows.map(({ room_nid: room, nid, pos, others, last_change: lastChange, breaks }) => [room, {
    breaks,
    pos: Math.max(pos, lastChange ?? 0),
    lastChange: lastChange ?? 0,
    extremities: (others?.includes(WITHOUT_ITSELF) === true ? others : [nid, ...others ?? []]).flatMap((each) => byNid.get(each) ?? []),
  }]))
}
