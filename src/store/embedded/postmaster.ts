import { spawnSync } from 'node:child_process'
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Folders } from './folders.ts'

export const PORT = 5432

/**
 * The server that a lock file names: still ours, gone, ended but not collected by its parent, or a number that another
 * program has taken over since.
 */
export type Postmaster = { readonly is: 'ours', readonly pid: number } | { readonly is: 'gone' | 'uncollected' | 'another program' }

export async function findPostmaster(cluster: string): Promise<Postmaster> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  if (!Number.isInteger(pid) || pid <= 0) return { is: 'gone' }
  const command = await commandOf(pid)
  if (command === '') return { is: isProcess(pid) ? 'uncollected' : 'gone' }
  return command.includes('postgres') && command.includes(cluster) ? { is: 'ours', pid } : { is: 'another program' }
}

function isProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The command line of a process; empty when there is none, and when it has ended but is not collected by its parent. */
export async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const { status, stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}

/**
 * PostgreSQL sees by itself that a lock file is stale when its process is gone, and needs the file to wait for
 * orphaned backends. Only when something still has the number does it refuse to start: another program, or the ended
 * server itself, for ever where the first process of a container collects no orphans. Then the files must go, after the backends.
 */
export async function removeLockFiles(folders: Folders): Promise<void> {
  if (await isWorkedIn(folders.cluster)) return
  const socket = join(folders.sockets, `.s.PGSQL.${PORT}`)
  for (const file of [join(folders.cluster, 'postmaster.pid'), `${socket}.lock`, socket]) await rm(file, { force: true })
}

/** Whether a process has its place in the cluster, as every backend does. Elsewhere than on Linux nobody leaves processes uncollected. */
async function isWorkedIn(cluster: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const place = await realpath(cluster)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)))
  return places.includes(place)
}
