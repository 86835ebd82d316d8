import type { Command } from 'commander'
import { listJobs, type StoredJob } from '../store/background-jobs.ts'
import { withDatabase } from './open-accounts.ts'
import type { Shell } from './shell.ts'

interface Options { readonly config?: string, readonly all?: boolean, readonly json?: boolean }

const LISTED = 100

export function addJobsCommand(program: Command, shell: Shell): void {
  program.command('jobs').description('list the work that goes on in the background')
    .option('-c, --config <file>', 'the configuration')
    .option('--all', 'also what is done')
    .option('--json', 'for programs')
    .action((options: Options) => list(shell, options))
}

async function list(shell: Shell, { config, all, json }: Options): Promise<void> {
  await withDatabase(shell, config, async ({ database: { db } }) => {
    const jobs = await listJobs(db, { unfinished: all !== true, limit: LISTED })
    if (jobs.length === 0 && json !== true) shell.print('Nothing goes on in the background.')
    for (const job of jobs.toReversed()) shell.print(json === true ? asJson(job) : asLine(job))
  })
}

function asLine({ id, kind, resource, state, done, error, updated_at: updatedAt }: StoredJob): string {
  const what = resource === null ? kind : `${kind} ${resource}`
  return `${new Date(updatedAt).toISOString()}  ${id}  ${what}  ${state}, ${done} done${error === null ? '' : `: ${error}`}`
}

function asJson({ id, kind, resource, state, done, error, created_at: createdAt, updated_at: updatedAt }: StoredJob): string {
  return JSON.stringify({ id, kind, resource, state, done, error, created_ts: createdAt, updated_ts: updatedAt })
}
