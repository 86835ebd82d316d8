import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BIN = '/usr/lib/postgresql/15/bin'

export const hasOutsidePostgres = existsSync(join(BIN, 'initdb'))

/** A PostgreSQL that is not ours, in a temporary folder, over a unix socket. */
export interface OutsidePostgres {
  readonly url: string
  start(): void
  stop(how: 'fast' | 'immediate'): void
  remove(): void
}

/** PostgreSQL does not run as root: there, as the user that its package made. */
function run(program: string, ...args: string[]): void {
  const command = [join(BIN, program), ...args]
  const [first = '', ...rest] = process.getuid?.() === 0
    ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...command]
    : command
  const ended = spawnSync(first, rest, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir() })
  if (ended.status !== 0) throw new Error(`${program}: ${ended.stderr}`)
}

export function createOutsidePostgres(): OutsidePostgres {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-faults-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'postgres', folder])
  run('initdb', '-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--no-sync')
  const options = `-k ${folder} -c listen_addresses= -p 5432`
  const start = (): void => run('pg_ctl', 'start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', options)
  const stop = (how: 'fast' | 'immediate'): void => run('pg_ctl', 'stop', '-w', '-m', how, '-D', data)
  start()
  return {
    url: `postgresql://owner@localhost/postgres?host=${encodeURIComponent(folder)}`,
    start, stop,
    remove() {
      if (existsSync(join(data, 'postmaster.pid'))) stop('immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
