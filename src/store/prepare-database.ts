import { messageOf } from '../util/message-of.ts'
import type { Db } from './database.ts'
import { migrate } from './migrations.ts'
import { findServerFact, setServerFact } from './server-info.ts'

/**
 * The oldest program that can work with the schema that this one leaves behind, as the number of its newest migration.
 * It rises when a migration takes away what older programs need.
 */
const SCHEMA_FLOOR = 8
const SCHEMA_VERSION = 27

export type Preparation =
  | { readonly ok: true, readonly applied: readonly string[], readonly epoch: number }
  | { readonly ok: false, readonly problem: string, readonly fix: string }

/** Brings the schema up to date and makes sure that the database is this server's. */
export async function prepareDatabase(db: Db, serverName: string): Promise<Preparation> {
  const migrated = await migrate(db)
  if (!migrated.ok) return {
    ok: false,
    problem: `The database could not be brought up to date: ${messageOf(migrated.error)}`,
    fix: 'Look at what PostgreSQL says, then start again; nothing was changed.',
  }
  const floor = Number(await findServerFact(db, 'schema_floor') ?? 0)
  if (floor > SCHEMA_VERSION) {
    return {
      ok: false,
      problem: 'The database was used by a newer Hearth, and this one would not understand it.',
      fix: 'Start the newer Hearth, or restore a backup from before the upgrade.',
    }
  }
  const owner = await findServerFact(db, 'server_name')
  if (owner !== undefined && owner !== serverName) {
    return {
      ok: false,
      problem: `The database belongs to the server ${owner}, but the configuration says ${serverName}.`,
      fix: `Set server_name to ${owner}, or choose another data_dir or database.url: `
        + 'the name of a server is part of every user and room, for ever.',
    }
  }
  if (owner === undefined) await setServerFact(db, 'server_name', serverName)
  if (floor < SCHEMA_FLOOR) await setServerFact(db, 'schema_floor', String(SCHEMA_FLOOR))
  return { ok: true, applied: migrated.applied, epoch: Number(await findServerFact(db, 'restore_epoch') ?? 0) }
}
