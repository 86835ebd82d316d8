import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import tap from 'tap'
import { openDatabase, type Connection } from '../../src/store/database.ts'
import { startEmbedded } from '../../src/store/embedded/embedded.ts'
import { migrate } from '../../src/store/migrations.ts'
import { silentLog } from '../../src/util/log.ts'

/** What a test file needs to clean up after itself: `t.teardown` of tap. */
interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

const TEMPLATE_LOCK = 4_807_002

let running: Promise<Connection> | undefined

/** The PostgreSQL of this run of tests: the one that the runner started, or one of this process. */
function findServer(): Promise<Connection> {
  const host = process.env['HEARTH_TEST_PG_HOST']
  const user = process.env['HEARTH_TEST_PG_USER']
  if (host === undefined || user === undefined) return running ??= startOwn()
  return Promise.resolve({ host, user, port: Number(process.env['HEARTH_TEST_PG_PORT']), database: 'postgres' })
}

/** Stopped when the whole file has been run, since every test of it may use it. */
async function startOwn(): Promise<Connection> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hearth-test-'))
  const server = await startEmbedded({ dataDir, log: silentLog })
  tap.teardown(async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  return { ...server.connection, database: 'postgres' }
}

async function run(connection: Connection, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A database with the schema in it, made once for each state of the migrations; copies of it are quick. */
async function ensureTemplate(server: Connection): Promise<string> {
  const folder = new URL('../../migrations/', import.meta.url)
  const hash = createHash('sha256')
  for (const file of (await readdir(folder)).sort()) hash.update(await readFile(new URL(file, folder)))
  const name = `hearth_template_${hash.digest('hex').slice(0, 12)}`
  const client = new pg.Client({ ...server })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const found = await client.query('select 1 from pg_database where datname = $1', [name])
    if (found.rowCount === 0) await makeTemplate(server, name)
  } finally {
    await client.end()
  }
  return name
}

async function makeTemplate(server: Connection, name: string): Promise<void> {
  await run(server, `create database ${name}_new`)
  const database = openDatabase({ ...server, database: `${name}_new` }, silentLog)
  const outcome = await migrate(database.db)
  await database.close()
  if (!outcome.ok) throw outcome.error
  await run(server, `alter database ${name}_new rename to ${name}`)
}

/** An empty database of its own with the whole schema, dropped when the test ends. */
export async function createTestDatabase(t: Cleanup): Promise<Connection> {
  const server = await findServer()
  const template = await ensureTemplate(server)
  const name = `hearth_test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`
  await run(server, `create database ${name} template ${template}`)
  t.teardown(() => run(server, `drop database if exists ${name} with (force)`))
  return { ...server, database: name }
}
