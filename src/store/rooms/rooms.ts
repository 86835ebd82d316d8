import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

export interface RoomRow { readonly nid: number, readonly room_id: string, readonly version: string, readonly published: boolean }

export async function findRoom(db: Db, roomId: string): Promise<RoomRow | undefined> {
  if (roomId.includes('\0')) return undefined
  return db.selectFrom('rooms').select(['nid', 'room_id', 'version', 'published']).where('room_id', '=', roomId)
    .where('deleted_at', 'is', null).executeTakeFirst()
}

/** The rooms in which somebody set a kind of state without a key between two positions. */
export async function listRoomsThatSet(db: Db, type: string, after: number, upTo: number): Promise<number[]> {
  const rows = await db.selectFrom('events').innerJoin('state_keys', 'state_keys.nid', 'events.key_nid').select('room_nid').distinct()
    .where('events.pos', '>', after).where('events.pos', '<=', upTo).where('state_keys.type', '=', type)
    .where('state_keys.state_key', '=', '').execute()
  return rows.map((row) => row.room_nid)
}

export async function findRoomByNid(db: Db, nid: number): Promise<RoomRow | undefined> {
  return db.selectFrom('rooms').select(['nid', 'room_id', 'version', 'published']).where('nid', '=', nid)
    .where('deleted_at', 'is', null).executeTakeFirst()
}

/** Whether this server has or had any room. */
export async function hasRooms(db: Db): Promise<boolean> {
  return await db.selectFrom('rooms').select('nid').limit(1).executeTakeFirst() !== undefined
}

/**
 * Gives a new room its number, or undefined where the id is taken. Until events of it are committed nobody finds anything in it.
 * One that was deleted to the end may be entered anew.
 */
export async function insertRoom(
  db: Db | Transaction, room: { roomId: string, version: string, createdAt: number },
): Promise<number | undefined> {
  const row = await db.insertInto('rooms').values({ room_id: room.roomId, version: room.version, created_at: room.createdAt })
    .onConflict((conflict) => conflict.column('room_id')
      .doUpdateSet({ version: room.version, created_at: room.createdAt, deleted_at: null }).where('rooms.deleted_at', '>', 0))
    .returning('nid').executeTakeFirst()
  return row?.nid
}

/** An entry of a room's state as it is now. Members come without a body. */
export interface StateRow {
  readonly key_nid: number
  readonly type: string
  readonly state_key: string
  readonly event_nid: number
  readonly event_id: string
  readonly sender: string
  readonly pos: number
  readonly membership: string | null
  readonly redacted: boolean
  readonly json: string | null
}

/** The events that were a room's state just after a position: all of it, or only some keys, or without the members. */
export async function listStateAt(
  db: Db, room: number, pos: number, only?: { keys?: readonly number[], withoutMembers?: boolean },
): Promise<{ key_nid: number, event_nid: number, membership: string | null }[]> {
  const result = await sql<{ key_nid: number, event_nid: number, membership: string | null }>`
    select key_nid, event_nid, membership from state_log
    where room_nid = ${room} and from_pos <= ${pos} and (to_pos is null or to_pos > ${pos})
      and ${only?.keys === undefined ? sql`true` : sql`key_nid = any(${only.keys}::int[])`}
      and ${only?.withoutMembers === true ? sql`membership is null` : sql`true`}`.execute(db)
  return result.rows
}

/** For how long one event was an entry of the state. */
export interface KeyEpisode {
  readonly room_nid: number
  readonly key_nid: number
  readonly from_pos: number
  readonly to_pos: number | null
  readonly event_nid: number
  readonly membership: string | null
}

/** How entries of the state of rooms went over time, oldest first. */
export async function listKeyHistories(db: Db, rooms: readonly number[], keys: readonly number[]): Promise<KeyEpisode[]> {
  const result = await sql<KeyEpisode>`
    select room_nid, key_nid, from_pos, to_pos, event_nid, membership from state_log
    where room_nid = any(${rooms}::int[]) and key_nid = any(${keys}::int[]) order by from_pos`.execute(db)
  return result.rows
}
