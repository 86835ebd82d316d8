import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../database.ts'

/** A point in the course of a room's state: a position of the main line (branch 0), or a step of a branch. */
export interface Reference {
  readonly branch: number
  readonly at: number
}

/** An entry of a state. */
export interface EntryRow {
  readonly key_nid: number
  readonly event_nid: number
  readonly membership: string | null
}

/**
 * The steps down from references to the main line, each with the number of its reference: a branch up to a step, its parent
 * up to where the branch left it, and so on. A branch lies over its parent.
 */
function pathsOf(references: readonly Reference[]): RawBuilder<unknown> {
  return sql`path (wanted, level, branch, at) as (
    select given.wanted::int, 0, given.branch, given.at
    from unnest(${references.map(({ branch }) => branch)}::bigint[], ${references.map(({ at }) => at)}::bigint[])
      with ordinality as given(branch, at, wanted)
    union all
    select path.wanted, path.level + 1, state_branches.parent_branch, state_branches.parent_at
    from path join state_branches on state_branches.nid = path.branch where path.branch <> 0
  )`
}

/**
 * The entries of some keys in each of several states of a room, in the order of the references. One index descent each: the
 * comparison of rows leaves no other index to choose than that which has the key.
 */
export async function listEntriesAt(
  db: Db, room: number, references: readonly Reference[], keys: readonly number[],
): Promise<EntryRow[][]> {
  if (references.length === 0 || keys.length === 0) return references.map(() => [])
  const isLinear = references.every(({ branch }) => branch === 0)
  const rows = await (isLinear ? listMainEntries : listLayeredEntries)(db, room, references, keys)
  const byReference = Map.groupBy(rows, (row) => row.wanted)
  return references.map((_, index) => byReference.get(index + 1) ?? [])
}

type WantedRow = EntryRow & { readonly wanted: number }

/** On the main line nothing lies over anything, and a third of the work finds it. */
async function listMainEntries(db: Db, room: number, references: readonly Reference[], keys: readonly number[]): Promise<WantedRow[]> {
  const result = await sql<WantedRow>`
    select given.wanted::int as wanted, key.nid as key_nid, entry.event_nid, entry.membership
    from unnest(${references.map(({ at }) => at)}::bigint[]) with ordinality as given(at, wanted)
    cross join unnest(${keys}::int[]) as key(nid)
    cross join lateral (
      select event_nid, membership, to_pos from state_log
      where room_nid = ${room} and key_nid = key.nid and from_pos <= given.at order by from_pos desc limit 1
    ) as entry
    where entry.to_pos is null or entry.to_pos > given.at
    order by given.wanted, key.nid`.execute(db)
  return result.rows
}

async function listLayeredEntries(db: Db, room: number, references: readonly Reference[], keys: readonly number[]): Promise<WantedRow[]> {
  const result = await sql<WantedRow>`
    with recursive ${pathsOf(references)}, found as (
      select distinct on (path.wanted, key.nid) path.wanted, key.nid as key_nid, entry.event_nid, entry.membership
      from path cross join unnest(${keys}::int[]) as key(nid)
      cross join lateral (
        (select event_nid, membership from state_branch_log
          where path.branch <> 0 and branch_nid = path.branch and key_nid = key.nid and from_seq <= path.at
          order by from_seq desc limit 1)
        union all
        (select event_nid, membership from (
          select room_nid, key_nid, event_nid, membership, to_pos from state_log
          where path.branch = 0 and (room_nid, key_nid, from_pos) <= (${room}::int, key.nid, path.at)
          order by room_nid desc, key_nid desc, from_pos desc limit 1
        ) as newest
        where newest.room_nid = ${room} and newest.key_nid = key.nid and (to_pos is null or to_pos > path.at))
      ) as entry
      order by path.wanted, key.nid, path.level
    )
    select wanted, key_nid, event_nid, membership from found where event_nid is not null`.execute(db)
  return result.rows
}

export interface PageWanted {
  /** The last key of the page before. */
  readonly after: number
  readonly limit: number
  readonly withoutMembers: boolean
}

export interface StatePage {
  readonly entries: readonly (EntryRow & { readonly event_id: string })[]
  /** From which key to go on; undefined at the end. */
  readonly next: number | undefined
}

const KEYS_END = 2_147_483_647

/**
 * A slice of the whole state in the order of keys, a little longer than `limit` where branches add to it. `path` leads from a
 * reference to the main line, what lies on top first.
 */
export async function listStatePage(
  db: Db, room: number, path: readonly Reference[], { after, limit, withoutMembers }: PageWanted,
): Promise<StatePage> {
  const wants = withoutMembers ? sql`log.membership is null` : sql`true`
  const mainAt = path.find(({ branch }) => branch === 0)?.at ?? -1
  const branches = path.filter(({ branch }) => branch !== 0)
  const result = await sql<EntryRow & { event_id: string, bound: number }>`
    with main as materialized (
      select log.key_nid, log.event_nid, log.membership from state_log as log
      where log.room_nid = ${room} and log.key_nid > ${after} and log.from_pos <= ${mainAt}
        and (log.to_pos is null or log.to_pos > ${mainAt}) and ${wants}
      order by log.room_nid, log.key_nid, log.from_pos limit ${limit}
    ), bound (key_nid) as (
      select case when count(*) < ${limit} then ${KEYS_END} else max(key_nid) end from main
    ), found as (
      select distinct on (key_nid) key_nid, event_nid, membership from (
        select ${branches.length} as level, key_nid, event_nid, membership, 0 as seq from main
        union all
        select path.level, log.key_nid, log.event_nid, log.membership, log.from_seq
        from unnest(${branches.map(({ branch }) => branch)}::bigint[], ${branches.map(({ at }) => at)}::bigint[])
          with ordinality as given(branch, at, nth)
        cross join lateral (select given.branch, given.at, given.nth::int - 1 as level) as path
        join state_branch_log as log on log.branch_nid = path.branch and log.from_seq <= path.at
        where log.key_nid > ${after} and log.key_nid <= (select key_nid from bound) and ${wants}
      ) as layers order by key_nid, level, seq desc
    )
    select found.key_nid, found.event_nid, found.membership, events.event_id, bound.key_nid as bound
    from bound left join (found join events on events.nid = found.event_nid) on true
    order by found.key_nid`.execute(db)
  const bound = result.rows[0]?.bound ?? KEYS_END
  return { entries: result.rows.filter((row) => row.key_nid !== null), next: bound === KEYS_END ? undefined : bound }
}

/**
 * The keys in which two states of a room may differ: those that changed on either way from where they parted. Few where they
 * are near each other, however large the room is.
 */
export async function listDifferingKeys(db: Db, room: number, a: Reference, b: Reference): Promise<number[]> {
  const result = await sql<{ key_nid: number }>`
    with recursive ${pathsOf([a, b])}, ends as (
      select branch, coalesce(max(at) filter (where wanted = 1), -1) as a, coalesce(max(at) filter (where wanted = 2), -1) as b,
        bool_or(wanted = 1) and bool_or(wanted = 2) as shared
      from path group by branch
    ), parted as (
      select branch, greatest(a, b) as upto,
        case when not shared then -1 else least(a, b) end as beyond
      from ends
      where not shared or branch = (
        select own.branch from path as own join ends on ends.branch = own.branch and ends.shared
        where own.wanted = 1 order by own.level limit 1)
    )
    select log.key_nid from parted join state_branch_log as log on log.branch_nid = parted.branch
      and log.from_seq > parted.beyond and log.from_seq <= parted.upto
    where parted.branch <> 0
    union
    select log.key_nid from parted join state_log as log on log.room_nid = ${room}
      and log.from_pos > parted.beyond and log.from_pos <= parted.upto
    where parted.branch = 0`.execute(db)
  return result.rows.map((row) => row.key_nid)
}

export interface BranchRow {
  readonly depth: number
  /** The newest step at which something changed. */
  readonly last_seq: number
}

/** How far each of the branches has come, by its number. */
export async function findBranches(db: Db, branches: readonly number[]): Promise<Map<number, BranchRow>> {
  if (branches.length === 0) return new Map()
  const result = await sql<BranchRow & { nid: number }>`
    select nid, depth, (select coalesce(max(from_seq), 0) from state_branch_log where branch_nid = nid) as last_seq
    from state_branches where nid = any(${branches}::bigint[])`.execute(db)
  return new Map(result.rows.map((row) => [row.nid, row]))
}

/** Whether a state that another server told has ever come into a room. */
export async function hasToldState(db: Db, room: number): Promise<boolean> {
  const row = await db.selectFrom('state_branches').select('nid').where('room_nid', '=', room).where('is_told', '=', true)
    .limit(1).executeTakeFirst()
  return row !== undefined
}

/** Notes that the state before the event at a position is as another server told it, and not quite right. */
export async function noteToldState(db: Db, room: number, pos: number): Promise<void> {
  await sql`
    insert into state_branches (nid, room_nid, parent_branch, parent_at, depth, is_told)
    select nid, room_nid, 0, pos, 1, true from events where room_nid = ${room} and pos = ${pos}
    on conflict (nid) do update set is_told = true`.execute(db)
}

/** What branches, and the branches that they lie over, left and where. */
export async function listBranchParents(
  db: Db, branches: readonly number[],
): Promise<(Reference & { readonly nid: number })[]> {
  const result = await sql<Reference & { nid: number }>`
    with recursive line (nid) as (
      select unnest(${branches}::bigint[])
      union
      select state_branches.parent_branch from line join state_branches on state_branches.nid = line.nid
    )
    select state_branches.nid, parent_branch as branch, parent_at as at
    from line join state_branches on state_branches.nid = line.nid`.execute(db)
  return result.rows
}

/** How an entry of the state goes on a branch from a step on. */
export interface BranchEpisode {
  readonly room_nid: number
  readonly key_nid: number
  readonly branch_nid: number
  readonly from_seq: number
  readonly event_nid: number | null
  readonly membership: string | null
}

/** How entries of the state of rooms went on branches, in the order of steps. */
export async function listBranchHistories(db: Db, rooms: readonly number[], keys: readonly number[]): Promise<BranchEpisode[]> {
  const result = await sql<BranchEpisode>`
    select room_nid, key_nid, branch_nid, from_seq, event_nid, membership from state_branch_log
    where room_nid = any(${rooms}::int[]) and key_nid = any(${keys}::int[]) order by from_seq`.execute(db)
  return result.rows
}

/** The keys that changed on the main line from a position on. */
export async function listChangedKeys(db: Db, room: number, from: number): Promise<number[]> {
  const result = await sql<{ key_nid: number }>`
    select distinct key_nid from state_log where room_nid = ${room} and from_pos >= ${from}`.execute(db)
  return result.rows.map((row) => row.key_nid)
}
