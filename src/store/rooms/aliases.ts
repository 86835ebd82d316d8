import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface AliasRow { readonly alias: string, readonly room_nid: number, readonly room_id: string, readonly creator_nid: number }

export async function findAlias(db: Db, alias: string): Promise<AliasRow | undefined> {
  return db.selectFrom('room_aliases').innerJoin('rooms', 'rooms.nid', 'room_aliases.room_nid')
    .select(['alias', 'room_nid', 'room_id', 'creator_nid']).where('alias', '=', alias).executeTakeFirst()
}

export async function listAliasesOfRoom(db: Db, room: number): Promise<string[]> {
  const rows = await db.selectFrom('room_aliases').select('alias').where('room_nid', '=', room)
    .orderBy('created_at').orderBy('alias').execute()
  return rows.map((row) => row.alias)
}

export async function listAliasesOfRooms(db: Db, rooms: readonly number[]): Promise<{ alias: string, room_nid: number }[]> {
  return db.selectFrom('room_aliases').select(['alias', 'room_nid']).where('room_nid', '=', sql<number>`any(${rooms}::int[])`).execute()
}

/** False where the alias is taken. */
export async function insertAlias(
  db: Db, row: { alias: string, room_nid: number, creator_nid: number, created_at: number },
): Promise<boolean> {
  const result = await db.insertInto('room_aliases').values(row).onConflict((conflict) => conflict.doNothing()).executeTakeFirst()
  return Number(result.numInsertedOrUpdatedRows ?? 0) > 0
}

export async function deleteAlias(db: Db, alias: string): Promise<void> {
  await db.deleteFrom('room_aliases').where('alias', '=', alias).execute()
}

/** Points all aliases of a room to another. */
export async function moveAliases(db: Db, fromRoom: number, toRoom: number): Promise<void> {
  await db.updateTable('room_aliases').set({ room_nid: toRoom }).where('room_nid', '=', fromRoom).execute()
}
