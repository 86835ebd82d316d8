import type { Db } from '../database.ts'

export interface UiaSession {
  readonly id: string
  readonly operation: string
  readonly user: number | null
  readonly completed: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  readonly createdAt: number
}

interface Row { id: string, operation: string, user_nid: number | null, completed: string, parameters: string, created_at: number }

const COLUMNS = ['id', 'operation', 'user_nid', 'completed', 'parameters', 'created_at'] as const

export async function insertUiaSession(
  db: Db, session: { id: string, operation: string, user: number | undefined, deviceId: string | undefined, now: number },
): Promise<void> {
  await db.insertInto('uia_sessions').values({
    id: session.id, operation: session.operation, user_nid: session.user ?? null, device_id: session.deviceId ?? null,
    created_at: session.now,
  }).execute()
}

export async function findUiaSession(db: Db, id: string): Promise<UiaSession | undefined> {
  const row = await db.selectFrom('uia_sessions').select(COLUMNS).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : read(row)
}

/**
 * Adds a stage, with what must be remembered of it, to those that a session has completed. False if it is one of them, or
 * there is no such session.
 */
export async function completeUiaStage(
  db: Db, id: string, stage: string, parameters: Readonly<Record<string, string>>,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const row = await trx.selectFrom('uia_sessions').select(COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst()
    const session = row === undefined ? undefined : read(row)
    if (session === undefined || session.completed.includes(stage)) return false
    await trx.updateTable('uia_sessions').set({
      completed: JSON.stringify([...session.completed, stage]),
      parameters: JSON.stringify({ ...session.parameters, ...parameters }),
    }).where('id', '=', id).execute()
    return true
  })
}

/** Ends a session; false if somebody has ended it before. */
export async function takeUiaSession(db: Db, id: string): Promise<boolean> {
  const result = await db.deleteFrom('uia_sessions').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Ends the sessions that began before a time and returns them. */
export async function takeUiaSessionsBefore(db: Db, createdBefore: number): Promise<UiaSession[]> {
  return (await db.deleteFrom('uia_sessions').where('created_at', '<', createdBefore).returning(COLUMNS).execute()).map(read)
}

function read(row: Row): UiaSession {
  return {
    id: row.id, operation: row.operation, user: row.user_nid, createdAt: row.created_at,
    completed: JSON.parse(row.completed) as string[], parameters: JSON.parse(row.parameters) as Record<string, string>,
  }
}
