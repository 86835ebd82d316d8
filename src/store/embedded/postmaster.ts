import { spawnSync } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Folders } from './folders.ts'

export const PORT = 5432

/** The server that a lock file names: still ours, gone, or a number that another program has taken over since. */
export type Postmaster = { readonly is: 'ours', readonly pid: number } | { readonly is: 'gone' } | { readonly is: 'another program' }

export async function findPostmaster(cluster: string): Promise<Postmaster> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  if (!Number.isInteger(pid) || pid <= 0) return { is: 'gone' }
  const command = await commandOf(pid)
  // A server that has ended but is not yet collected by its parent has an empty command line.
  if (command === '') return { is: 'gone' }
  return command.includes('postgres') && command.includes(cluster) ? { is: 'ours', pid } : { is: 'another program' }
}

/** The command line of a process; empty when there is none. */
export async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const { status, stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}

/**
 * PostgreSQL sees by itself that a lock file is stale when its process is gone, and needs the file to wait for
 * orphaned backends. Only when the number belongs to another program does it refuse to start: then the files must go.
 */
export async function removeLockFiles(folders: Folders): Promise<void> {
  const socket = join(folders.sockets, `.s.PGSQL.${PORT}`)
  for (const file of [join(folders.cluster, 'postmaster.pid'), `${socket}.lock`, socket]) await rm(file, { force: true })
}
