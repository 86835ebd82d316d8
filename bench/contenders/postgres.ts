// The one PostgreSQL that both servers run on: same version, same settings, PostgreSQL's own defaults for durability.
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { findBinaries as findBundledBinaries } from '../../src/store/embedded/binaries.ts'
import { findFreePort } from './contender.ts'

export interface Postgres {
  readonly version: string
  readonly port: number
  readonly pid: number
  /** Creates the database where it is not there yet. */
  ensureDatabase(name: string): Promise<void>
  urlOf(database: string): string
  stop(): void
}

export const postgresUser = 'bench'

export async function startPostgres(folder: string, givenBinaries?: string): Promise<Postgres> {
  const binaries = givenBinaries ?? await findBinaries()
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
    urlOf: (database) => `postgresql://${postgresUser}@127.0.0.1:${port}/${database}`,
    stop: () => runUnprivileged(join(binaries, 'pg_ctl'), ['-D', data, '-w', '-m', 'fast', 'stop']),
  }
}

/** Debian's newest, else the one that comes with Hearth. */
async function findBinaries(): Promise<string> {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).filter((name) => existsSync(join(debian, name, 'bin', 'initdb'))) : []
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  if (newest !== undefined) return join(debian, newest, 'bin')
  return (await findBundledBinaries()).folder
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
