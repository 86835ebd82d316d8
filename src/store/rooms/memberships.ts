import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

export interface MembershipRow {
  readonly room_nid: number
  readonly room_id: string
  readonly membership: string
  readonly event_nid: number
  readonly pos: number
  readonly forgotten: boolean
}

/** Every room that each of the users of this server is or was in, or is invited to; in the order of the users. */
export async function listMembershipsOfUsers(db: Db, users: readonly number[]): Promise<MembershipRow[][]> {
  const result = await sql<MembershipRow & { user_nid: number }>`
    select user_nid, memberships.room_nid, rooms.room_id, membership, event_nid, pos, forgotten
    from memberships join rooms on rooms.nid = memberships.room_nid where user_nid = any(${users}::int[])`.execute(db)
  const byUser = Map.groupBy(result.rows, (row) => row.user_nid)
  return users.map((user) => byUser.get(user) ?? [])
}

export async function findMembership(db: Db, user: number, room: number): Promise<{
  membership: string, event_nid: number, pos: number, stripped_state: string | null, forgotten: boolean,
} | undefined> {
  return db.selectFrom('memberships').select(['membership', 'event_nid', 'pos', 'stripped_state', 'forgotten'])
    .where('user_nid', '=', user).where('room_nid', '=', room).executeTakeFirst()
}

/** The stripped state that came with invites or knocks, by room. */
export async function listStrippedState(db: Db, user: number, rooms: readonly number[]): Promise<Map<number, string>> {
  if (rooms.length === 0) return new Map()
  const result = await sql<{ room_nid: number, stripped_state: string }>`
    select room_nid, stripped_state from memberships
    where user_nid = ${user} and room_nid = any(${rooms}::int[]) and stripped_state is not null`.execute(db)
  return new Map(result.rows.map((row) => [row.room_nid, row.stripped_state]))
}

/** Marks a membership as forgotten, unless another has taken its place. */
export async function setForgotten(
  trx: Db | Transaction, user: number, { room, eventNid }: { readonly room: number, readonly eventNid: number },
): Promise<boolean> {
  const result = await trx.updateTable('memberships').set({ forgotten: true })
    .where('user_nid', '=', user).where('room_nid', '=', room).where('event_nid', '=', eventNid).executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Who has to do with one room and is joined to another. */
export async function listUsersGoneOn(
  db: Db, room: number, successor: number,
): Promise<{ readonly user: number, readonly userId: string }[]> {
  return db.selectFrom('memberships as here').innerJoin('memberships as there', 'there.user_nid', 'here.user_nid')
    .innerJoin('users', 'users.nid', 'here.user_nid').select(['users.nid as user', 'users.user_id as userId'])
    .where('here.room_nid', '=', room).where('there.room_nid', '=', successor).where('there.membership', '=', 'join').execute()
}

/** Who came to be joined to which room between two positions, and still is. */
export async function listJoinsBetween(db: Db, after: number, upTo: number): Promise<{ user_nid: number, room_nid: number }[]> {
  return db.selectFrom('memberships').select(['user_nid', 'room_nid'])
    .where('pos', '>', after).where('pos', '<=', upTo).where('membership', '=', 'join').orderBy('pos').execute()
}
