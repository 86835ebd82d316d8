import type { Db } from '../database.ts'

/** What somebody reported to the moderators of this server: a room, an event in a room, or a user. */
export interface Report {
  readonly reporter: number
  readonly roomId?: string
  readonly eventId?: string
  readonly userId?: string
  readonly reason: string | undefined
  readonly createdAt: number
}

export async function insertReport(db: Db, report: Report): Promise<void> {
  await db.insertInto('reports').values({
    reporter_nid: report.reporter, room_id: report.roomId ?? null, event_id: report.eventId ?? null, user_id: report.userId ?? null,
    reason: report.reason ?? null, created_at: report.createdAt,
  }).execute()
}
