import { sql, type Selectable } from 'kysely'
import type { Db, Transaction } from './database.ts'
import type { BackgroundJobRow } from './tables.ts'

export interface BackgroundJob {
  readonly id: number
  /** JSON text. */
  readonly arguments: string
}

export type StoredJob = Selectable<BackgroundJobRow>

/** How far a job has come; cursor is JSON text. */
export interface JobProgress {
  readonly cursor: string | null
  readonly done: number
  readonly total: number | null
  readonly state: StoredJob['state']
  readonly error: string | null
}

/** Notes work that must be done even if the server stops before it is. */
export async function insertJob(trx: Db | Transaction, kind: string, jobArguments: unknown, now: number): Promise<number> {
  const row = await trx.insertInto('background_jobs')
    .values({ kind, arguments: JSON.stringify(jobArguments), cursor: null, total: null, error: null, created_at: now, updated_at: now })
    .returning('id').executeTakeFirstOrThrow()
  return row.id
}

/** The same for work on one thing; undefined where work of this kind on it is noted already. */
export async function insertJobOn(
  trx: Db | Transaction, resource: string, { kind, arguments: text, now }: { kind: string, arguments: string, now: number },
): Promise<number | undefined> {
  const row = await trx.insertInto('background_jobs')
    .values({ kind, resource, arguments: text, cursor: null, total: null, error: null, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.doNothing()).returning('id').executeTakeFirst()
  return row?.id
}

export async function finishJob(db: Db, id: number, now: number): Promise<void> {
  await db.updateTable('background_jobs').set({ state: 'finished', updated_at: now }).where('id', '=', id).execute()
}

/** Work of a kind that has not been done to its end. */
export async function listUnfinishedJobs(db: Db, kind: string): Promise<StoredJob[]> {
  return db.selectFrom('background_jobs').selectAll()
    .where('kind', '=', kind).where('state', 'in', ['waiting', 'running']).orderBy('id').execute()
}

/** Saves how far a job has come. False where somebody else has moved it on meanwhile. */
export async function saveJobProgress(
  db: Db, { id, cursor }: Pick<StoredJob, 'id' | 'cursor'>, to: JobProgress, now: number,
): Promise<boolean> {
  const result = await db.updateTable('background_jobs').set({ ...to, updated_at: now })
    .where('id', '=', id).where(sql<boolean>`cursor is not distinct from ${cursor}`).where('state', 'in', ['waiting', 'running'])
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Has the jobs of these kinds that failed done again, unless another has taken their place. */
export async function retryFailedJobs(db: Db, kinds: readonly string[], now: number): Promise<void> {
  await sql`
    update background_jobs set state = 'waiting', updated_at = ${now}
    where id in (
      select distinct on (kind, resource) id from background_jobs as failed
      where state = 'failed' and kind = any(${kinds}::text[]) and not exists (
        select from background_jobs as other
        where other.kind = failed.kind and other.resource = failed.resource and other.state in ('waiting', 'running'))
      order by kind, resource, id desc)`.execute(db)
}

export interface JobsQuery {
  readonly kind?: string | undefined
  readonly resource?: string | undefined
  /** Only jobs that are not done to their end. */
  readonly unfinished?: boolean | undefined
  readonly limit: number
}

/** The latest jobs, newest first. */
export async function listJobs(db: Db, { kind, resource, unfinished, limit }: JobsQuery): Promise<StoredJob[]> {
  let query = db.selectFrom('background_jobs').selectAll().orderBy('id', 'desc').limit(limit)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (resource !== undefined) query = query.where('resource', '=', resource)
  if (unfinished === true) query = query.where('state', '!=', 'finished')
  return query.execute()
}

export async function findJob(db: Db, kind: string, id: number): Promise<StoredJob | undefined> {
  return db.selectFrom('background_jobs').selectAll().where('id', '=', id).where('kind', '=', kind).executeTakeFirst()
}

/** Forgets jobs that were done to their end, or given up, before a time. */
export async function deleteJobsBefore(db: Db, before: number): Promise<void> {
  await db.deleteFrom('background_jobs').where('state', 'in', ['finished', 'failed']).where('updated_at', '<', before).execute()
}
