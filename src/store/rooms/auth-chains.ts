import { sql, type RawBuilder } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** The types of state events that other events may cite: only these have a place in a chain. */
export const CITABLE_TYPES: readonly string[] = [
  'm.room.create', 'm.room.power_levels', 'm.room.join_rules', 'm.room.member', 'm.room.third_party_invite',
]

/** Where an event stands in the chains of its room. */
export interface ChainPlaceRow {
  readonly nid: number
  readonly key_nid: number
  readonly auth_nids: number[]
  /** Null for an event that was not given its place yet, or that gets none. */
  readonly chain_nid: number | null
  readonly chain_seq: number | null
  /** How long the chain is. */
  readonly tip: number | null
  readonly is_citable: boolean
}

const PLACE_COLUMNS = sql.raw(`events.nid, events.key_nid, events.auth_nids, events.chain_nid, events.chain_seq,
  (select max(tip.chain_seq) from events as tip where tip.chain_nid = events.chain_nid) as tip`)

/** Written out, so that a statement with it is the same text each time. */
const IS_CITABLE = sql`(events.is_state and exists (
  select 1 from state_keys where state_keys.nid = events.key_nid and state_keys.type = any(${CITABLE_TYPES}::text[])
))`

/** The places of these events, in no particular order. */
export async function listChainPlaces(db: Db, nids: readonly number[]): Promise<ChainPlaceRow[]> {
  const result = await sql<ChainPlaceRow>`
    select ${PLACE_COLUMNS}, events.chain_nid is not null or ${IS_CITABLE} as is_citable
    from events where events.nid = any(${nids}::bigint[])`.execute(db)
  return result.rows
}

/**
 * Of these events and all that their auth events lead to, those without a place, the least depth first. Where the walk
 * comes to an event with a place it ends, since then all that it leads to have theirs; those events come too.
 */
export async function listUnplaced(db: Db, nids: readonly number[], limit: number): Promise<ChainPlaceRow[]> {
  const result = await sql<ChainPlaceRow>`
    with recursive waiting(nid) as (
      select nid from events where nid = any(${nids}::bigint[])
      union
      select unnest(events.auth_nids) from waiting join events on events.nid = waiting.nid where events.chain_nid is null
    ), page as (
      select ${PLACE_COLUMNS}, ${IS_CITABLE} as is_citable, events.depth from waiting join events on events.nid = waiting.nid
      where events.chain_nid is null and ${IS_CITABLE} order by events.depth, events.nid limit ${limit}
    ), cited as (
      select distinct unnest(auth_nids) as nid from page
    )
    select nid, key_nid, auth_nids, chain_nid, chain_seq, tip, is_citable from page
    union all
    select ${PLACE_COLUMNS}, events.chain_nid is not null or ${IS_CITABLE} from cited join events on events.nid = cited.nid
    where not exists (select 1 from page where page.nid = events.nid)`.execute(db)
  return result.rows
}

/** A link: the events of one chain from a place on lead to those of another up to a place. */
export interface ChainLinkRow {
  readonly from_chain: number
  readonly from_seq: number
  readonly to_chain: number
  readonly to_seq: number
}

const LINK_COLUMNS = sql.raw('links.from_chain, links.from_seq, links.to_chain, links.to_seq')

/** All links of these chains, and of those that they lead to, and so on. */
export async function listLinksBehind(db: Db, room: number, chains: readonly number[]): Promise<ChainLinkRow[]> {
  const result = await sql<ChainLinkRow>`
    with recursive behind(chain) as (
      select unnest(${chains}::bigint[])
      union
      select links.to_chain from behind join auth_chain_links as links on links.room_nid = ${room} and links.from_chain = behind.chain
    )
    select ${LINK_COLUMNS} from behind
    join auth_chain_links as links on links.room_nid = ${room} and links.from_chain = behind.chain`.execute(db)
  return result.rows
}

/** The links of these chains alone. */
export async function listLinksOf(db: Db, room: number, chains: readonly number[]): Promise<ChainLinkRow[]> {
  const result = await sql<ChainLinkRow>`
    select ${LINK_COLUMNS} from auth_chain_links as links
    where links.room_nid = ${room} and links.from_chain = any(${chains}::bigint[])`.execute(db)
  return result.rows
}

/** From which place on other chains lead by one link to one of these places or a later one. */
export async function listLinksTo(
  db: Db, room: number, positions: readonly { readonly chain: number, readonly seq: number }[],
): Promise<{ chain: number, seq: number }[]> {
  const result = await sql<{ chain: number, seq: number }>`
    select links.from_chain as chain, min(links.from_seq) as seq
    from unnest(${positions.map(({ chain }) => chain)}::bigint[], ${positions.map(({ seq }) => seq)}::int[]) as wanted(chain, seq)
    join auth_chain_links as links on links.to_chain = wanted.chain and links.to_seq >= wanted.seq
    where links.room_nid = ${room} group by 1`.execute(db)
  return result.rows
}

/** The links of a room in their order, from behind one of them on. */
export async function listRoomLinks(db: Db, room: number, after: ChainLinkRow | undefined, limit: number): Promise<ChainLinkRow[]> {
  const start: RawBuilder<unknown> = after === undefined
    ? sql`true`
    : sql`(links.from_chain, links.from_seq, links.to_chain)
        > (${after.from_chain}::bigint, ${after.from_seq}::int, ${after.to_chain}::bigint)`
  const result = await sql<ChainLinkRow>`
    select ${LINK_COLUMNS} from auth_chain_links as links where links.room_nid = ${room} and ${start}
    order by links.from_chain, links.from_seq, links.to_chain limit ${limit}`.execute(db)
  return result.rows
}

/** Events of a chain: `from` and `to` included. */
export interface ChainRange {
  readonly chain: number
  readonly from: number
  readonly to: number
}

export interface PlacedEventRow { readonly nid: number, readonly key_nid: number, readonly chain: number, readonly seq: number }

/** The events in these ranges. */
export async function listEventsInChains(db: Db, ranges: readonly ChainRange[]): Promise<PlacedEventRow[]> {
  const result = await sql<PlacedEventRow>`
    select events.nid, events.key_nid, events.chain_nid as chain, events.chain_seq as seq
    from unnest(${ranges.map(({ chain }) => chain)}::bigint[], ${ranges.map(({ from }) => from)}::int[],
      ${ranges.map(({ to }) => to)}::int[]) as wanted(chain, first, last)
    join events on events.chain_nid = wanted.chain and events.chain_seq between wanted.first and wanted.last`.execute(db)
  return result.rows
}

/** How long these chains are. */
export async function listTips(db: Db, chains: readonly number[]): Promise<Map<number, number>> {
  const result = await sql<{ chain: number, tip: number }>`
    select wanted.chain, (select max(chain_seq) from events where chain_nid = wanted.chain) as tip
    from unnest(${chains}::bigint[]) as wanted(chain)`.execute(db)
  return new Map(result.rows.map(({ chain, tip }) => [chain, tip]))
}

/** A place for an event that was written without one. */
export interface PlacedRow { readonly nid: number, readonly chain: number, readonly seq: number }

/** Gives events their places, all or none. */
export async function savePlaces(db: Db, room: number, places: readonly PlacedRow[], links: readonly ChainLinkRow[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`
      update events set chain_nid = row.chain, chain_seq = row.seq
      from unnest(${places.map(({ nid }) => nid)}::bigint[], ${places.map(({ chain }) => chain)}::bigint[],
        ${places.map(({ seq }) => seq)}::int[]) as row(nid, chain, seq)
      where events.nid = row.nid`.execute(trx)
    await insertChainLinks(trx, room, links)
  })
}

async function insertChainLinks(db: Db | Transaction, room: number, links: readonly ChainLinkRow[]): Promise<void> {
  if (links.length === 0) return
  await sql`
    insert into auth_chain_links (room_nid, from_chain, from_seq, to_chain, to_seq)
    select ${room}, * from unnest(${links.map((link) => link.from_chain)}::bigint[], ${links.map((link) => link.from_seq)}::int[],
      ${links.map((link) => link.to_chain)}::bigint[], ${links.map((link) => link.to_seq)}::int[])`.execute(db)
}
