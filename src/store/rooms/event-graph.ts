import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface BackwardsWalk {
  readonly room: number
  /** Where it begins, by the ids of events. */
  readonly from: readonly string[]
  readonly limit: number
}

/** The numbers of events and of those before them, near ones first. */
export async function walkBackwards(db: Db, { room, from, limit }: BackwardsWalk): Promise<number[]> {
  const result = await sql<{ nid: number }>`
    with recursive walk (nid) as (
      select nid from events where event_id = any(${from}::text[]) and room_nid = ${room}
      union
      select before.nid from walk join events on events.nid = walk.nid cross join unnest(events.prev_nids) as prev(nid)
      join events as before on before.nid = prev.nid and before.room_nid = ${room}
    )
    select nid from walk limit ${limit}`.execute(db)
  return result.rows.map((row) => row.nid)
}

export interface RangeWalk extends BackwardsWalk {
  /** What lies before these is not wanted, nor are they. */
  readonly to: readonly string[]
  readonly depthMin: number
}

/** The numbers of the events before some and not before others, near ones first. */
export async function walkBetween(db: Db, { room, from, to, depthMin, limit }: RangeWalk): Promise<number[]> {
  const isWanted = sql`before.room_nid = ${room} and before.depth >= ${depthMin} and not before.event_id = any(${[...from, ...to]}::text[])`
  const result = await sql<{ nid: number }>`
    with recursive walk (nid) as (
      select before.nid from events cross join unnest(events.prev_nids) as prev(nid)
      join events as before on before.nid = prev.nid and ${isWanted}
      where events.event_id = any(${from}::text[]) and events.room_nid = ${room} and not events.event_id = any(${to}::text[])
      union
      select before.nid from walk join events on events.nid = walk.nid cross join unnest(events.prev_nids) as prev(nid)
      join events as before on before.nid = prev.nid and ${isWanted}
    )
    select nid from walk limit ${limit}`.execute(db)
  return result.rows.map((row) => row.nid)
}

/** The numbers of the keys that are memberships of users of a server, of all who ever had one in the room. */
export async function listMemberKeysOfServer(db: Db, room: number, serverName: string): Promise<number[]> {
  const result = await sql<{ nid: number }>`
    select distinct state_keys.nid from (
      select key_nid from state_log where room_nid = ${room} and membership is not null
      union all
      select key_nid from state_branch_log where room_nid = ${room} and membership is not null
    ) as member join state_keys on state_keys.nid = member.key_nid
    where state_keys.type = 'm.room.member'
      and substr(state_keys.state_key, strpos(state_keys.state_key, ':') + 1) = ${serverName}`.execute(db)
  return result.rows.map((row) => row.nid)
}
