import type { PinnedClient } from './database.ts'

type Column = readonly [name: string, type: string]

interface HotTable {
  readonly columns: readonly Column[]
  /** How many of the first columns name a row: of several rows with one name in a batch, only the last is written. */
  readonly upsertKey?: number
  /** What follows the insert: how a row that exists already is met. */
  readonly conflict?: string
  /** Instead of an insert: a statement over the unnested rows, called `row`. */
  readonly statement?: string
}

const columns = (text: string): Column[] => text.trim().split(/\s*,\s*/).map((part) => {
  const [name, type] = part.split(' ')
  if (name === undefined || type === undefined) throw new Error(`A column without a type: ${part}`)
  return [name, type]
})

/**
 * The tables that the committer writes, each by one statement for all rows of a batch.
 * They are written in this order.
 */
const HOT_TABLES = {
  events: {
    columns: columns(`nid bigint, event_id text, room_nid int, sender_nid int, key_nid int, is_state boolean, pos bigint, place_pos bigint,
      place_offset int, depth bigint, origin_server_ts bigint, received_at bigint, status smallint, prev_nids text, auth_nids text,
      replaces_nid bigint, other_extremities text, rel_type text, relates_to text, thread_root text, redacts text,
      body_class smallint, device_id text, txn_id text, state_branch bigint, state_seq bigint, chain_nid bigint, chain_seq int`),
  },
  // An event that was known before without a place in its room gets one.
  placed_events: {
    columns: columns(`nid bigint, pos bigint, place_pos bigint, place_offset int, status smallint, prev_nids text, auth_nids text,
      replaces_nid bigint, other_extremities text, rel_type text, relates_to text, thread_root text, redacts text, state_branch bigint,
      state_seq bigint`),
    statement: `update events set pos = row.pos, place_pos = row.place_pos, place_offset = row.place_offset, status = row.status,
      prev_nids = row.prev_nids::bigint[], auth_nids = row.auth_nids::bigint[], replaces_nid = row.replaces_nid,
      other_extremities = row.other_extremities::bigint[], rel_type = row.rel_type, relates_to = row.relates_to,
      thread_root = row.thread_root, redacts = row.redacts, state_branch = row.state_branch, state_seq = row.state_seq
      from row where events.nid = row.nid`,
  },
  auth_chain_links: { columns: columns('room_nid int, from_chain bigint, from_seq int, to_chain bigint, to_seq int') },
  corrected_events: {
    columns: columns('nid bigint, state_seq bigint'),
    statement: 'update events set state_branch = 0, state_seq = row.state_seq from row where events.nid = row.nid',
  },
  event_bodies: { columns: columns('event_nid bigint, body_class smallint, received_day int, json text') },
  event_media: { columns: columns('mxc text, event_nid bigint'), conflict: 'on conflict do nothing' },
  transactions: { columns: columns('key bytea, answer text, created_at bigint') },
  ended_state: {
    columns: columns('room_nid int, key_nid int, to_pos bigint'),
    statement: `update state_log set to_pos = row.to_pos from row
      where state_log.room_nid = row.room_nid and state_log.key_nid = row.key_nid and state_log.to_pos is null
        and state_log.from_pos < row.to_pos`,
  },
  state_log: { columns: columns('room_nid int, key_nid int, from_pos bigint, to_pos bigint, event_nid bigint, membership text') },
  state_branches: { columns: columns('nid bigint, room_nid int, parent_branch bigint, parent_at bigint, depth smallint, is_told boolean') },
  state_branch_log: {
    columns: columns('branch_nid bigint, room_nid int, key_nid int, from_seq int, event_nid bigint, membership text'),
  },
  // An event that was missing is the predecessor of those that name it from now on. What is missing before one that nobody is
  // shown is missing before those instead.
  closed_gaps: {
    columns: columns('room_nid int, nid bigint, missing_event_id text, inherited text'),
    statement: `, closed as (
        delete from event_gaps using row
        where event_gaps.room_nid = row.room_nid and event_gaps.missing_event_id = row.missing_event_id
        returning event_gaps.room_nid, event_gaps.event_nid, row.nid, row.inherited
      ), handed_on as (
        insert into event_gaps (room_nid, event_nid, missing_event_id)
        select room_nid, event_nid, missing.event_id from closed, json_array_elements_text(inherited::json) as missing(event_id)
        on conflict do nothing
      ), filled as (select event_nid, array_agg(nid order by nid) as nids from closed group by event_nid)
      update events set prev_nids = events.prev_nids || filled.nids from filled where events.nid = filled.event_nid`,
  },
  event_gaps: { columns: columns('room_nid int, event_nid bigint, missing_event_id text'), conflict: 'on conflict do nothing' },
  history_breaks: { columns: columns('room_nid int, pos bigint') },
  memberships: {
    columns: columns('user_nid int, room_nid int, membership text, event_nid bigint, pos bigint, stripped_state text'),
    upsertKey: 2,
    conflict: `on conflict (user_nid, room_nid) do update set membership = excluded.membership, event_nid = excluded.event_nid,
      pos = excluded.pos, stripped_state = excluded.stripped_state, forgotten = false`,
  },
  redactions: {
    columns: columns('event_id text, redacted_by text'),
    statement: `update events set redacted_by = row.redacted_by from row
      where events.event_id = row.event_id and events.redacted_by is null`,
  },
  room_summaries: {
    columns: columns(`room_nid int, name text, topic text, canonical_alias text, avatar_url text, room_type text, join_rule text,
      world_readable boolean, guest_can_join boolean, encryption text, joined_members int`),
    upsertKey: 1,
    conflict: `on conflict (room_nid) do update set name = excluded.name, topic = excluded.topic,
      canonical_alias = excluded.canonical_alias, avatar_url = excluded.avatar_url, room_type = excluded.room_type,
      join_rule = excluded.join_rule, world_readable = excluded.world_readable, guest_can_join = excluded.guest_can_join,
      encryption = excluded.encryption, joined_members = excluded.joined_members`,
  },
  receipts: {
    columns: columns('room_nid int, user_nid int, type text, thread_id text, event_id text, event_pos bigint, ts bigint, pos bigint'),
    upsertKey: 4,
    conflict: `on conflict (room_nid, user_nid, type, thread_id) do update set event_id = excluded.event_id, event_pos = excluded.event_pos,
      ts = excluded.ts, pos = excluded.pos`,
  },
  account_data: {
    columns: columns('user_nid int, room_nid int, type text, content text, pos bigint'),
    upsertKey: 3,
    conflict: 'on conflict (user_nid, room_nid, type) do update set content = excluded.content, pos = excluded.pos',
  },
  to_device_messages: {
    columns: columns('user_nid int, device_id text, pos bigint, sender text, type text, content text, sent_at bigint'),
    // A device that was deleted meanwhile must leave no messages behind, or a later one of the same name would get them.
    statement: `insert into to_device_messages (user_nid, device_id, pos, sender, type, content, sent_at)
      select row.user_nid, row.device_id, row.pos, row.sender, row.type, row.content, row.sent_at from row
      join devices on devices.user_nid = row.user_nid and devices.device_id = row.device_id`,
  },
  received_messages: { columns: columns('key bytea, received_at bigint') },
  device_list_changes: { columns: columns('pos bigint, user_nid int') },
  unsent_edus: { columns: columns('server_name text, pos bigint, edu text') },
} as const satisfies Record<string, HotTable>

export type HotTableName = keyof typeof HOT_TABLES
export type HotValue = string | number | boolean | Buffer | null

/** A row is an array of values in the order of the table's columns. Arrays of numbers are given as `{1,2}`. */
export type HotRows = { readonly [name in HotTableName]?: readonly Row[] }

const HOT_TABLE_NAMES = Object.keys(HOT_TABLES) as HotTableName[]

type Row = readonly HotValue[]

const ARRAY_COLUMNS = new Set(['prev_nids', 'auth_nids', 'other_extremities'])

function statementFor(name: HotTableName): string {
  const table: HotTable = HOT_TABLES[name]
  const names = table.columns.map(([column]) => column)
  const unnest = `unnest(${table.columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) as row(${names.join(', ')})`
  if (table.statement !== undefined) return `with row as (select * from ${unnest}) ${table.statement}`
  const values = names.map((column) => ARRAY_COLUMNS.has(column) ? `${column}::bigint[]` : column)
  return `insert into ${name} (${names.join(', ')}) select ${values.join(', ')} from ${unnest} ${table.conflict ?? ''}`
}

const STATEMENTS = new Map(HOT_TABLE_NAMES.map((name) => [name, statementFor(name)]))

/** Sends the insert of many rows of one table as one prepared statement. */
export function writeHotRows(client: PinnedClient, name: HotTableName, rows: readonly Row[]): Promise<unknown> {
  const values = HOT_TABLES[name].columns.map((_, index) => rows.map((row) => row[index] ?? null))
  return client.query({ name: `hot_${name}`, text: STATEMENTS.get(name) ?? '', values })
}

/** The rows of several units that are committed together, table by table in the order of writing. */
export function gatherHotRows(units: readonly HotRows[]): Map<HotTableName, Row[]> {
  const gathered = new Map<HotTableName, Row[]>()
  for (const name of HOT_TABLE_NAMES) {
    const rows = units.flatMap((unit) => unit[name] ?? [])
    if (rows.length > 0) gathered.set(name, prepare(name, rows))
  }
  return gathered
}

function prepare(name: HotTableName, rows: Row[]): Row[] {
  if (rows.length === 1) return rows
  if (name === 'state_log') return endWithinBatch(rows)
  if (name === 'ended_state') return [...new Map(rows.toReversed().map((row) => [keyOf(row, 2), row])).values()]
  const { upsertKey }: HotTable = HOT_TABLES[name]
  return upsertKey === undefined ? rows : [...new Map(rows.map((row) => [keyOf(row, upsertKey), row])).values()]
}

const keyOf = (row: Row, columnCount: number): string => JSON.stringify(row.slice(0, columnCount))

/** An entry of the state that a later one of the same batch replaces ends where that one begins. */
function endWithinBatch(rows: readonly Row[]): Row[] {
  const nextFrom = new Map<string, HotValue>()
  return rows.toReversed().map((row) => {
    const [, , from, to] = row
    // What ended as it began stands for a key that is no more.
    const end = to ?? nextFrom.get(keyOf(row, 2)) ?? null
    nextFrom.set(keyOf(row, 2), from ?? null)
    return row.with(3, end)
  }).reverse()
}
