import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** The servers that were said to be in rooms of which not all members are known. */
export async function listAssumedServers(db: Db): Promise<{ readonly room: number, readonly server: string }[]> {
  return db.selectFrom('assumed_servers').select(['room_nid as room', 'server_name as server']).execute()
}

export async function insertAssumedServers(db: Db, room: number, servers: readonly string[]): Promise<void> {
  await sql`
    insert into assumed_servers (room_nid, server_name) select ${room}::int, * from unnest(${servers}::text[])
    on conflict do nothing`.execute(db)
}

export async function deleteAssumedServers(db: Db, room: number): Promise<void> {
  await db.deleteFrom('assumed_servers').where('room_nid', '=', room).execute()
}
