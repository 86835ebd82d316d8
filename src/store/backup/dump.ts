import type { Readable } from 'node:stream'
import pg from 'pg'
import type { Connection } from '../database.ts'
import { readCatalog, type Catalog } from './catalog.ts'
import { CopyOut, submit } from './copy.ts'

export interface Dump extends Catalog {
  readonly serverName: string
  readonly epoch: number
  /** The highest position that had been given out. */
  readonly position: number
}

/**
 * Reads a whole database as it was at one moment, while the server goes on. Each table is handed to `save` as a stream
 * of rows in PostgreSQL's text form, which every version of it can read.
 */
export async function dumpDatabase({ url, ...parts }: Connection, save: (table: string, rows: Readable) => Promise<void>): Promise<Dump> {
  const client = new pg.Client(url === undefined ? parts : { connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    const facts = await readFacts(client)
    const { tables } = await readCatalog(client)
    for (const table of tables) {
      await save(table, submit(client, new CopyOut(`copy (select * from ${pg.escapeIdentifier(table)}) to stdout`)))
    }
    // Sequences know no snapshots: read last, they are above everything that was copied.
    const catalog = await readCatalog(client)
    const position = catalog.sequences.find(({ name }) => name === 'positions')?.value ?? 0
    return { ...catalog, serverName: facts.get('server_name') ?? '', epoch: Number(facts.get('restore_epoch') ?? 0), position }
  } finally {
    await client.end()
  }
}

async function readFacts(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string, value: string }>('select name, value from server_info')
  return new Map(rows.map(({ name, value }) => [name, value]))
}
