import type { Db, Transaction } from './database.ts'

export interface BackgroundJob {
  readonly id: number
  /** JSON text. */
  readonly arguments: string
}

/** Notes work that must be done even if the server stops before it is. */
export async function insertJob(trx: Db | Transaction, kind: string, jobArguments: unknown, now: number): Promise<number> {
  const row = await trx.insertInto('background_jobs')
    .values({ kind, arguments: JSON.stringify(jobArguments), cursor: null, total: null, error: null, created_at: now, updated_at: now })
    .returning('id').executeTakeFirstOrThrow()
  return row.id
}

export async function finishJob(db: Db, id: number, now: number): Promise<void> {
  await db.updateTable('background_jobs').set({ state: 'finished', updated_at: now }).where('id', '=', id).execute()
}

/** Work of a kind that has not been done to its end. */
export async function listUnfinishedJobs(db: Db, kind: string): Promise<BackgroundJob[]> {
  return db.selectFrom('background_jobs').select(['id', 'arguments'])
    .where('kind', '=', kind).where('state', 'in', ['waiting', 'running']).orderBy('id').execute()
}
