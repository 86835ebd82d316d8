import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** A piece of account data: of the whole account (`room` is 0) or of one room. The content is JSON text. */
export interface AccountDataRow {
  readonly room: number
  readonly type: string
  readonly content: string
  readonly pos: number
}

/** The number that stands for the whole account in the place of a room's. */
export const WHOLE_ACCOUNT = 0

export async function findAccountData(db: Db | Transaction, user: number, room: number, type: string): Promise<string | undefined> {
  const row = await db.selectFrom('account_data').select('content')
    .where('user_nid', '=', user).where('room_nid', '=', room).where('type', '=', type).executeTakeFirst()
  return row?.content
}

/** A type of account data of the whole account, of each of the users; in their order. */
export async function listAccountDataOfType(db: Db, users: readonly number[], type: string): Promise<(string | undefined)[]> {
  const result = await sql<{ user_nid: number, content: string }>`
    select user_nid, content from account_data
    where user_nid = any(${users}::int[]) and room_nid = ${WHOLE_ACCOUNT} and type = ${type}`.execute(db)
  const contents = new Map(result.rows.map((row) => [row.user_nid, row.content]))
  return users.map((user) => contents.get(user))
}

/** What changed after a position, of the account and of every room: since 0, all there is. */
export async function listAccountDataSince(db: Db, user: number, pos: number): Promise<AccountDataRow[]> {
  return db.selectFrom('account_data').select(['room_nid as room', 'type', 'content', 'pos'])
    .where('user_nid', '=', user).where('pos', '>', pos).orderBy('pos').execute()
}

/** All account data of one room, as it is sent when the room is new to a client. */
export async function listAccountDataOfRooms(db: Db, user: number, rooms: readonly number[]): Promise<AccountDataRow[]> {
  if (rooms.length === 0) return []
  const result = await sql<AccountDataRow>`
    select room_nid as room, type, content, pos from account_data
    where user_nid = ${user} and room_nid = any(${rooms}::int[]) order by pos`.execute(db)
  return result.rows
}

/** A table that the committer writes: only for the part of a transaction that holds the turn. */
export async function upsertAccountData(
  trx: Transaction, data: { user: number, room: number, type: string, content: string, pos: number },
): Promise<void> {
  await trx.insertInto('account_data')
    .values({ user_nid: data.user, room_nid: data.room, type: data.type, content: data.content, pos: data.pos })
    .onConflict((conflict) => conflict.columns(['user_nid', 'room_nid', 'type']).doUpdateSet({ content: data.content, pos: data.pos }))
    .execute()
}
