import type { Readable } from 'node:stream'
import pg from 'pg'
import { openDatabase, type Connection } from '../database.ts'
import { migrate } from '../migrations.ts'
import { beginEpochBy } from '../new-epoch.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import { CopyIn, submit } from './copy.ts'
import type { Dump } from './dump.ts'

export type LoadOutcome = { readonly ok: true } | { readonly ok: false, readonly problem: string }

export interface LoadOptions {
  readonly connection: Connection
  readonly dump: Dump
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly openRows: (table: string) => Readable
}

/**
 * Fills an empty database from a backup, all or nothing: makes the schema that the backup was made of, copies the rows,
 * and begins a new epoch, so that tokens of clients from after the backup are not taken for positions of today.
 */
export async function loadDatabase({ connection, dump, clock, log, openRows }: LoadOptions): Promise<LoadOutcome> {
  const { url, ...parts } = connection
  const client = new pg.Client(url === undefined ? parts : { connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    if (await isInUse(client)) return { ok: false, problem: 'There is a server in that database already.' }
    const made = await makeSchema(connection, dump.schema, log)
    if (!made.ok) return made
    await client.query('begin')
    await fill(client, dump, openRows)
    const restored = { from: dump.epoch, above: dump.position, now: clock.now() }
    await beginEpochBy((text, values) => client.query(text, [...values]), restored)
    await client.query('commit')
    return { ok: true }
  } finally {
    await client.end()
  }
}

/** Facts are written at the first start, so a database without any has never been a server's. */
async function isInUse(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ known: boolean }>(`select to_regclass('public.server_info') is not null as known`)
  if (rows[0]?.known !== true) return false
  return ((await client.query('select 1 from server_info limit 1')).rowCount ?? 0) > 0
}

async function makeSchema(connection: Connection, schema: string, log: Log): Promise<LoadOutcome> {
  const database = openDatabase(connection, log, 1)
  try {
    const outcome = await migrate(database.db, schema)
    if (outcome.ok) return { ok: true }
    const said = outcome.error instanceof Error ? outcome.error.message : String(outcome.error)
    return { ok: false, problem: `The schema of the backup (${schema}) could not be made: ${said}.` }
  } finally {
    await database.close()
  }
}

async function fill(client: pg.Client, dump: Dump, openRows: LoadOptions['openRows']): Promise<void> {
  for (const { name, parent, bound } of dump.partitions) {
    const exists = (await client.query('select to_regclass($1) as found', [pg.escapeIdentifier(name)])).rows[0] as { found: string | null }
    if (exists.found === null) {
      await client.query(`create table ${pg.escapeIdentifier(name)} partition of ${pg.escapeIdentifier(parent)} ${bound}`)
    }
  }
  for (const table of dump.tables) await submit(client, new CopyIn(`copy ${pg.escapeIdentifier(table)} from stdin`, openRows(table))).done
  for (const { name, value } of dump.sequences) await client.query('select setval($1, $2)', [pg.escapeIdentifier(name), value])
}
