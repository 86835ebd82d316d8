import { readdir, readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import type { Db } from './database.ts'

const FOLDER = new URL('../../migrations/', import.meta.url)

/** The numbered files of `migrations/` in their order, each run in one transaction. */
async function readMigrations(): Promise<Record<string, Migration>> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  const migrations: Record<string, Migration> = {}
  for (const file of files) {
    const text = await readFile(new URL(file, FOLDER), 'utf8')
    migrations[file.slice(0, -'.sql'.length)] = {
      up: async (db) => {
        await sql.raw(text).execute(db)
      },
    }
  }
  return migrations
}

export type MigrationOutcome = { readonly ok: true, readonly applied: readonly string[] } | { readonly ok: false, readonly error: unknown }

/**
 * Brings the schema up to this program's, or only as far as the migration that is named. A failure leaves it as it was before
 * the migration that failed.
 */
export async function migrate(db: Db, last?: string): Promise<MigrationOutcome> {
  const migrator = new Migrator({ db, provider: { getMigrations: readMigrations }, migrationTableSchema: 'public' })
  const { error, results } = await (last === undefined ? migrator.migrateToLatest() : migrator.migrateTo(last))
  if (error !== undefined) return { ok: false, error }
  return { ok: true, applied: (results ?? []).map((result) => result.migrationName) }
}
