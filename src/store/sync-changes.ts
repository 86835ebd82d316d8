import { sql } from 'kysely'
import type { Db } from './database.ts'

/** When something last changed: a room or a user, by number. */
export interface LastChange {
  readonly key: number
  readonly pos: number
}

/** What changed after a position, each with its last change. */
export interface LastChangesFound {
  readonly events: readonly LastChange[]
  readonly receipts: readonly LastChange[]
  readonly accountData: readonly LastChange[]
  readonly pushRules: readonly LastChange[]
  /** By user. */
  readonly memberships: readonly LastChange[]
  /** By room. */
  readonly members: readonly LastChange[]
  readonly deviceLists: number
}

const SOURCES = {
  events: ['events', 'room_nid'],
  receipts: ['receipts', 'room_nid'],
  accountData: ['account_data', 'user_nid'],
  pushRules: ['push_rules', 'user_nid'],
  memberships: ['memberships', 'user_nid'],
} as const

/** When rooms and users last changed after a position, read once after a start. */
export async function listLastChanges(db: Db, after: number): Promise<LastChangesFound> {
  const find = async (source: keyof typeof SOURCES): Promise<readonly LastChange[]> => {
    const [table, key] = SOURCES[source]
    const result = await sql<LastChange>`
      select ${sql.ref(key)} as key, max(pos) as pos from ${sql.table(table)} where pos > ${after} group by 1 order by 2`.execute(db)
    return result.rows
  }
  const newest = await sql<{ pos: number }>`select coalesce(max(pos), 0) as pos from device_list_changes`.execute(db)
  const events = await find('events')
  return {
    events,
    receipts: await find('receipts'),
    accountData: await find('accountData'),
    pushRules: await find('pushRules'),
    memberships: await find('memberships'),
    members: await listMembersChanges(db, events.map(({ key }) => key), after),
    deviceLists: newest.rows[0]?.pos ?? 0,
  }
}

/** When somebody last came to one of the rooms or went, of whichever server. */
async function listMembersChanges(db: Db, rooms: readonly number[], after: number): Promise<readonly LastChange[]> {
  const result = await sql<LastChange>`
    select room.nid as key, entry.pos from unnest(${rooms}::int[]) as room (nid)
    cross join lateral (
      select max(from_pos) as pos from state_log
      where state_log.room_nid = room.nid and from_pos > ${after} and membership is not null
    ) as entry
    where entry.pos is not null order by 2`.execute(db)
  return result.rows
}
