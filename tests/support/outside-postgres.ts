import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const DEBIAN = '/usr/lib/postgresql'
const DEBIAN_USER_HOME = '/var/lib/postgresql'

/** A PostgreSQL that is not ours, in a temporary folder, over a unix socket. */
export interface OutsidePostgres {
  readonly host: string
  readonly user: string
  url(user: string, database: string): string
  start(): void
  stop(how: 'fast' | 'immediate'): void
  remove(): void
}

/**
 * The folders with the programs of a PostgreSQL that is not ours: the one that HEARTH_TEST_PG_BIN names, or else each that
 * Debian has installed here.
 */
export function listPostgresFolders(): readonly string[] {
  const named = process.env['HEARTH_TEST_PG_BIN']
  if (named !== undefined) return [named]
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : []
  return versions.map((version) => join(DEBIAN, version, 'bin')).filter((bin) => existsSync(join(bin, 'initdb')))
}

/** PostgreSQL does not run as root: there, as the user that Debian's package made, or else as nobody. */
function unprivileged(): { uid: number, gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  if (!existsSync(DEBIAN_USER_HOME)) return { uid: 65_534, gid: 65_534 }
  const { uid, gid } = statSync(DEBIAN_USER_HOME)
  return { uid, gid }
}

/** Its locale sorts otherwise than code points do, as in many databases that people have. */
export function createOutsidePostgres(bin: string): OutsidePostgres {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-outside-'))
  const data = join(folder, 'data')
  const owner = unprivileged()
  mkdirSync(data)
  if (owner !== undefined) for (const path of [folder, data]) chownSync(path, owner.uid, owner.gid)
  const run = (program: string, ...args: string[]): void => {
    const ended = spawnSync(join(bin, program), args, {
      ...owner, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], cwd: folder,
    })
    if (ended.status !== 0) throw new Error(`${program}: ${ended.stderr ?? ended.error}`)
  }
  const locale = ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US']
  run('initdb', '-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', ...locale, '--no-sync')
  const settings = `-k ${folder} -c listen_addresses= -p 5432 -c max_connections=200`
  const start = (): void => run('pg_ctl', 'start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', settings)
  const stop = (how: 'fast' | 'immediate'): void => run('pg_ctl', 'stop', '-w', '-m', how, '-D', data)
  start()
  return {
    host: folder, user: 'owner', start, stop,
    url: (user, database) => `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(folder)}`,
    remove() {
      if (existsSync(join(data, 'postmaster.pid'))) stop('immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
