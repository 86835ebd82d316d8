import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'

const LISTED = 100

export function listBackgroundJobs({ backgroundJobs }: Pick<Services, 'backgroundJobs'>) {
  return endpoint('listBackgroundJobs', async ({ query, requester }) => {
    checkAdmin(requester)
    const jobs = await backgroundJobs.list({ unfinished: query.unfinished, limit: query.limit ?? LISTED })
    return {
      jobs: jobs.map(({ id, kind, resource, state, done, error, created_at: created, updated_at: updated }) => ({
        id: String(id), kind, state, done, created_ts: created, updated_ts: updated,
        ...(resource === null ? {} : { resource }),
        ...(error === null ? {} : { error }),
      })),
    }
  })
}
