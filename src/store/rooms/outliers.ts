import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** An event that is known apart from the course of its room: state that was given to us, and what authorises it. */
export interface OutlierRow {
  readonly nid: number
  readonly eventId: string
  readonly sender: number
  readonly key: number
  readonly type: string
  /** Undefined for an event that is no state. */
  readonly stateKey: string | undefined
  readonly depth: number
  readonly originServerTs: number
  readonly receivedAt: number
  /** 3 for an outlier, 1 for one that was rejected. */
  readonly status: number
  readonly authNids: readonly number[]
  /** Canonical JSON. */
  readonly json: string
}

/** Where an event stands in the auth chains of its room, and to what that leads. */
export interface OutlierPlace {
  readonly chain: number
  readonly seq: number
  readonly links: readonly { readonly chain: number, readonly seq: number }[]
}

/**
 * Writes outliers, those that have a place in the auth chains with it, all of them or none: false where one of them is known by
 * now, and what cites it would have to cite it by its other number.
 */
export async function insertOutliers(
  db: Db | Transaction, room: number, rows: readonly OutlierRow[], places: ReadonlyMap<number, OutlierPlace>,
): Promise<boolean> {
  if (rows.length === 0) return true
  const links = [...places].flatMap(([nid, { chain, seq, links: to }]) => to.map((each) => ({ nid, chain, seq, to: each })))
  const column = <T>(read: (row: OutlierRow) => T): T[] => rows.map(read)
  return areNew(sql`
    with given as (
      select * from unnest(
        ${column((row) => row.nid)}::bigint[], ${column((row) => row.eventId)}::text[], ${column((row) => row.sender)}::int[],
        ${column((row) => row.key)}::int[], ${column((row) => row.stateKey !== undefined)}::boolean[],
        ${column((row) => row.depth)}::bigint[], ${column((row) => row.originServerTs)}::bigint[],
        ${column((row) => row.receivedAt)}::bigint[],
        ${column((row) => row.status)}::smallint[], ${column((row) => `{${row.authNids.join(',')}}`)}::text[],
        ${column((row) => row.json)}::text[], ${column((row) => places.get(row.nid)?.chain ?? null)}::bigint[],
        ${column((row) => places.get(row.nid)?.seq ?? null)}::int[]
      ) as row(nid, event_id, sender_nid, key_nid, is_state, depth, origin_server_ts, received_at, status, auth_nids, json, chain_nid,
        chain_seq)
    ), written as (
      insert into events (nid, event_id, room_nid, sender_nid, key_nid, is_state, depth, origin_server_ts, received_at, status, prev_nids,
        auth_nids, body_class, chain_nid, chain_seq)
      select nid, event_id, ${room}, sender_nid, key_nid, is_state, depth, origin_server_ts, received_at, status, '{}',
        auth_nids::bigint[], case when is_state then 0 else 1 end, chain_nid, chain_seq
      from given returning nid
    ), linked as (
      insert into auth_chain_links (room_nid, from_chain, from_seq, to_chain, to_seq)
      select ${room}, from_chain, from_seq, to_chain, to_seq from unnest(
        ${links.map(({ nid }) => nid)}::bigint[], ${links.map(({ chain }) => chain)}::bigint[], ${links.map(({ seq }) => seq)}::int[],
        ${links.map(({ to }) => to.chain)}::bigint[], ${links.map(({ to }) => to.seq)}::int[]
      ) as link(nid, from_chain, from_seq, to_chain, to_seq) where nid in (select nid from written)
    )
    insert into event_bodies (event_nid, body_class, received_day, json)
    select nid, case when is_state then 0 else 1 end, (received_at / 86400000)::int, json from given
    where nid in (select nid from written)`.execute(db))
}

const UNIQUE_VIOLATION = '23505'

async function areNew(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return false
    throw error
  }
}

/** An entry of the state with which a room begins for us. */
export interface FirstEntry {
  readonly key: number
  readonly nid: number
  readonly membership: string | null
}

/** Writes entries of the state with which a room begins for us. Nobody sees them until an event of the room is committed. */
export async function insertFirstState(db: Db | Transaction, room: number, entries: readonly FirstEntry[]): Promise<void> {
  if (entries.length === 0) return
  await sql`
    insert into state_log (room_nid, key_nid, from_pos, event_nid, membership)
    select ${room}, key_nid, 0, event_nid, membership
    from unnest(${entries.map((entry) => entry.key)}::int[], ${entries.map((entry) => entry.nid)}::bigint[],
      ${entries.map((entry) => entry.membership)}::text[]) as row(key_nid, event_nid, membership)`.execute(db)
}

/** Takes back what an attempt to enter a room left that was not finished: nothing of it was ever seen. */
export async function deleteFirstState(db: Db | Transaction, room: number): Promise<void> {
  await sql`
    delete from state_log where room_nid = ${room} and not exists (
      select from events where room_nid = ${room} and pos is not null)`.execute(db)
}
