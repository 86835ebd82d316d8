import type { Db } from './database.ts'

/** The stored answer to a request with a transaction id, as JSON text. */
export async function findAnswer(db: Db, key: Buffer): Promise<string | undefined> {
  const row = await db.selectFrom('transactions').select('answer').where('key', '=', key).executeTakeFirst()
  return row?.answer
}

/** Forgets answers that are older than a retry may be. */
export async function deleteAnswersBefore(db: Db, createdBefore: number): Promise<void> {
  await db.deleteFrom('transactions').where('created_at', '<', createdBefore).execute()
}
