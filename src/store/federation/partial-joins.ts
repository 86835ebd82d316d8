import type { Db } from '../database.ts'

export interface PartialJoinRow { readonly room_id: string, readonly event_id: string, readonly servers: string }

/** The rooms of which not all members are known yet. */
export async function listPartialJoins(db: Db): Promise<PartialJoinRow[]> {
  return db.selectFrom('partial_joins').select(['room_id', 'event_id', 'servers']).execute()
}

export async function insertPartialJoin(db: Db, row: PartialJoinRow): Promise<void> {
  await db.insertInto('partial_joins').values(row)
    .onConflict((conflict) => conflict.column('room_id').doUpdateSet({ event_id: row.event_id, servers: row.servers })).execute()
}

export async function deletePartialJoin(db: Db, roomId: string): Promise<void> {
  await db.deleteFrom('partial_joins').where('room_id', '=', roomId).execute()
}
