import type { Db } from '../database.ts'

export async function listBlockedRooms(db: Db): Promise<string[]> {
  return (await db.selectFrom('blocked_rooms').select('room_id').execute()).map((row) => row.room_id)
}

export async function insertBlockedRoom(db: Db, row: { room_id: string, user_nid: number, created_at: number }): Promise<void> {
  await db.insertInto('blocked_rooms').values(row).onConflict((conflict) => conflict.doNothing()).execute()
}

export async function deleteBlockedRoom(db: Db, roomId: string): Promise<void> {
  await db.deleteFrom('blocked_rooms').where('room_id', '=', roomId).execute()
}

/** The user who blocked a room; undefined where it is not blocked. */
export async function findBlocker(db: Db, roomId: string): Promise<string | undefined> {
  const row = await db.selectFrom('blocked_rooms').leftJoin('users', 'users.nid', 'blocked_rooms.user_nid')
    .select('user_id').where('room_id', '=', roomId).executeTakeFirst()
  return row?.user_id ?? undefined
}
