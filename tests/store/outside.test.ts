import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { openDatabase } from '../../src/store/database.ts'
import { prepareDatabase } from '../../src/store/prepare-database.ts'
import { probeDatabase } from '../../src/store/probe.ts'
import { silentLog } from '../../src/util/log.ts'
import { createOutsidePostgres, listPostgresFolders } from '../support/outside-postgres.ts'

const folders = listPostgresFolders()

if (folders.length === 0) t.test('an outside PostgreSQL', { skip: 'none is installed' }, async () => undefined)

async function query(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

for (const folder of folders) {
  t.test(`the PostgreSQL in ${folder} takes the schema, and explains what is wrong`, { timeout: 120_000 }, async (t) => {
    const { url, remove } = createOutsidePostgres(folder)
    t.teardown(remove)
    await query(
      url('owner', 'postgres'),
      'create role hearth login',
      'create database hearth owner hearth',
      `create database latin encoding 'LATIN1' locale_provider libc lc_collate 'C' lc_ctype 'C' template template0`,
    )
    const good = url('hearth', 'hearth')
    const major = Number(/\d+/.exec(execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[0])
    t.strictSame(await probeDatabase({ url: good }), { ok: true, major })
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
  })
}
