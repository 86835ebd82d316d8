import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { startEmbedded, type EmbeddedDatabase } from '../../src/store/embedded/embedded.ts'
import { silentLog } from '../../src/util/log.ts'

const ENTRY = new URL('../../src/store/embedded/embedded.ts', import.meta.url).href
const LOG = new URL('../../src/util/log.ts', import.meta.url).href

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

async function makeDataDir(t: Cleanup, ...below: string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'hearth-embedded-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const dataDir = join(root, ...below)
  await mkdir(dataDir, { recursive: true })
  return dataDir
}

async function query(database: EmbeddedDatabase, text: string): Promise<unknown[]> {
  const client = new pg.Client({ ...database.connection })
  await client.connect()
  const { rows } = await client.query(text).finally(() => client.end())
  return rows
}

const pidOf = async (dataDir: string): Promise<number> =>
  Number.parseInt(await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8'), 10)

/** A process that starts the database, runs statements, says so, and then waits for its end. */
async function startInChild(dataDir: string, statements: string): Promise<() => Promise<void>> {
  const script = `
    import pg from 'pg'
    const { startEmbedded } = await import('${ENTRY}')
    const { silentLog } = await import('${LOG}')
    const { connection } = await startEmbedded({ dataDir: process.argv[1], log: silentLog })
    const client = new pg.Client(connection)
    await client.connect()
    ${statements}
    console.log('ready')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => data.includes('ready') && resolve())
    child.on('exit', () => reject(new Error('the child ended early')))
  })
  return async () => {
    child.kill('SIGKILL')
    await ended
  }
}

t.test('a first start makes a durable database that only its owner reaches', async (t) => {
  const dataDir = await makeDataDir(t)
  const database = await startEmbedded({ dataDir, log: silentLog })
  t.teardown(() => database.stop())
  t.equal(database.wasRunning, false)
  const rows = await query(database, `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
    current_setting('listen_addresses') AS addresses, current_database() AS name, current_setting('server_encoding') AS encoding`)
  t.strictSame(rows, [{ fsync: 'on', commit: 'on', addresses: '', name: 'hearth', encoding: 'UTF8' }])
})

t.test('a later start has what was written, and a restart after a stop too', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await startEmbedded({ dataDir, log: silentLog })
  await query(first, 'CREATE TABLE kept AS SELECT 1 AS one')
  await first.stop()
  await t.rejects(readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid')), 'PostgreSQL has stopped')
  const second = await startEmbedded({ dataDir, log: silentLog })
  t.teardown(() => second.stop())
  t.strictSame(await query(second, 'SELECT one FROM kept'), [{ one: 1 }])
})

t.test('after kill -9 of the server in a transaction, the next start takes over and the transaction is gone', async (t) => {
  const dataDir = await makeDataDir(t)
  const kill = await startInChild(dataDir, `
    await client.query('CREATE TABLE kept AS SELECT 1 AS one')
    await client.query('BEGIN')
    await client.query('INSERT INTO kept VALUES (2)')`)
  await kill()
  const database = await startEmbedded({ dataDir, log: silentLog })
  t.teardown(() => database.stop())
  t.equal(database.wasRunning, true)
  t.strictSame(await query(database, 'SELECT one FROM kept'), [{ one: 1 }])
})

t.test('after kill -9 of PostgreSQL itself, with a backend still busy, nothing committed is lost', async (t) => {
  const dataDir = await makeDataDir(t)
  const kill = await startInChild(dataDir, `
    await client.query('CREATE TABLE kept AS SELECT 1 AS one')
    client.on('error', () => undefined)
    client.query('SELECT pg_sleep(2)').catch(() => undefined)`)
  process.kill(await pidOf(dataDir), 'SIGKILL')
  await kill()
  const database = await startEmbedded({ dataDir, log: silentLog })
  t.teardown(() => database.stop())
  t.equal(database.wasRunning, false)
  t.strictSame(await query(database, 'SELECT one FROM kept'), [{ one: 1 }])
})

t.test('a lock file whose number is another program\'s by now does not stand in the way', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await startEmbedded({ dataDir, log: silentLog })
  const lock = join(dataDir, 'postgres', 'cluster', 'postmaster.pid')
  const text = await readFile(lock, 'utf8')
  await first.stop()
  await writeFile(lock, text.replace(/^\d+/, String(process.pid)))
  const second = await startEmbedded({ dataDir, log: silentLog })
  t.teardown(() => second.stop())
  t.equal(second.wasRunning, false)
})

t.test('a killed PostgreSQL that nobody collects, as in a container, does not stand in the way', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await startEmbedded({ dataDir, log: silentLog })
  const lock = join(dataDir, 'postgres', 'cluster', 'postmaster.pid')
  const text = await readFile(lock, 'utf8')
  await first.stop()
  // The shell becomes a program that does not wait for the child it had as a shell.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => void parent.kill())
  const [said] = await once(parent.stdout, 'data') as [Buffer]
  await writeFile(lock, text.replace(/^\d+/, said.toString().trim()))
  const second = await startEmbedded({ dataDir, log: silentLog })
  t.teardown(() => second.stop())
  t.equal(second.wasRunning, false)
})

t.test('two first starts at once share one database, and the first to stop leaves it to the other', async (t) => {
  const dataDir = await makeDataDir(t)
  const [database, kill] = await Promise.all([startEmbedded({ dataDir, log: silentLog }), startInChild(dataDir, '')])
  await database.stop()
  t.doesNotThrow(() => process.kill(Number(execFileSync('head', ['-1', join(dataDir, 'postgres', 'cluster', 'postmaster.pid')])), 0))
  await kill()
  const last = await startEmbedded({ dataDir, log: silentLog })
  t.equal(last.wasRunning, true)
  await last.stop()
  await t.rejects(pidOf(dataDir), 'the last to leave has stopped it')
})

t.test('a data folder whose path is too long for a socket, with a quote in it', async (t) => {
  const dataDir = await makeDataDir(t, 'it\'s here', 'd'.repeat(100))
  const database = await startEmbedded({ dataDir, log: silentLog })
  t.teardown(() => rm(database.connection.host, { recursive: true, force: true }))
  t.teardown(() => database.stop())
  t.strictSame(await query(database, 'SELECT 1 AS one'), [{ one: 1 }])
})

t.test('a database of another major version names the fix', async (t) => {
  const dataDir = await makeDataDir(t)
  await mkdir(join(dataDir, 'postgres', 'cluster'), { recursive: true })
  await writeFile(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'), '14\n')
  await t.rejects(startEmbedded({ dataDir, log: silentLog }), {
    name: 'OperatorError',
    message: /was written by PostgreSQL 14, and this Hearth brings PostgreSQL 18\. Run "hearth backup"/,
  })
})
