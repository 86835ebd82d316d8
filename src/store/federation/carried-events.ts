import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Notes that an event of another server is to be sent to the rest of its room. */
export async function insertCarriedEvent(db: Db, eventId: string, origin: string, now: number): Promise<void> {
  await sql`
    insert into carried_events (event_id, origin, created_at) values (${eventId}, ${origin}, ${now}) on conflict do nothing`.execute(db)
}

export async function deleteCarriedEvents(db: Db, before: number): Promise<void> {
  await db.deleteFrom('carried_events').where('created_at', '<', before).execute()
}
