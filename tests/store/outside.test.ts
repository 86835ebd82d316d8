import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { openDatabase } from '../../src/store/database.ts'
import { prepareDatabase } from '../../src/store/prepare-database.ts'
import { probeDatabase } from '../../src/store/probe.ts'
import { silentLog } from '../../src/util/log.ts'

// A PostgreSQL that is not ours, as Debian brings it, in each version that is installed here.
const DEBIAN = '/usr/lib/postgresql'
const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).filter((version) => existsSync(join(DEBIAN, version, 'bin', 'initdb'))) : []

if (versions.length === 0) t.test('an outside PostgreSQL', { skip: 'no PostgreSQL of Debian is installed' }, async () => undefined)

/** PostgreSQL does not run as root: there, as the user that its package made. */
function runAs(command: string, ...args: string[]): { status: number | null, stderr: string } {
  const isRoot = process.getuid?.() === 0
  const [program = '', ...rest] = isRoot
    ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...args]
    : [command, ...args]
  return spawnSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir() })
}

function startServer(version: string): { url: (user: string, database: string) => string, stop: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-outside-'))
  const data = join(folder, 'data')
  const bin = join(DEBIAN, version, 'bin')
  mkdirSync(data)
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'postgres', folder])
  const made = runAs(join(bin, 'initdb'), '-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--no-sync')
  if (made.status !== 0) throw new Error(made.stderr)
  const started = runAs(
    join(bin, 'pg_ctl'),
    'start',
    '-w',
    '-D',
    data,
    '-l',
    join(folder, 'log'),
    '-o',
    `-k ${folder} -c listen_addresses= -p 5432`,
  )
  if (started.status !== 0) throw new Error(`PostgreSQL ${version} does not start`)
  return {
    url: (user, database) => `postgresql://${user}@/${database}?host=${encodeURIComponent(folder)}`,
    stop() {
      runAs(join(bin, 'pg_ctl'), 'stop', '-w', '-m', 'immediate', '-D', data)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function query(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

for (const version of versions) {
  t.test(
    `PostgreSQL ${version} of Debian takes the schema, and what is wrong with a database is explained`,
    { timeout: 120_000 },
    async (t) => {
      const { url, stop } = startServer(version)
      t.teardown(stop)
      await query(
        url('owner', 'postgres'),
        'create role hearth login',
        'create database hearth owner hearth',
        `create database latin encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`,
      )
      const good = url('hearth', 'hearth')
      t.strictSame(await probeDatabase({ url: good }), { ok: true, major: Number(version) })
      t.match(await probeDatabase({ url: url('owner', 'latin') }), {
        ok: false,
        problem: 'Its encoding is LATIN1.',
        fix: /ENCODING 'UTF8'/,
      })
      t.match(await probeDatabase({ url: url('owner', 'missing') }), {
        ok: false,
        problem: /"missing" does not exist/,
        fix: /createdb/,
      })
      t.match(await probeDatabase({ url: url('stranger', 'hearth') }), { ok: false, fix: /database\.url|pg_hba\.conf/ })

      const database = openDatabase({ url: good }, silentLog, 2)
      t.teardown(() => database.close())
      t.match(await prepareDatabase(database.db, 'example.org'), { ok: true })
      t.match(await prepareDatabase(database.db, 'other.example'), { ok: false, problem: /belongs to the server example\.org/ })
    },
  )
}
