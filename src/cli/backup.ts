import { copyFile, cp, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { dumpDatabase } from '../store/backup/dump.ts'
import { prepareDatabase } from '../store/prepare-database.ts'
import { openDatabase, type Connection } from '../store/database.ts'
import { createLog, type Log } from '../util/log.ts'
import { makeFolder } from '../util/make-folder.ts'
import { OperatorError } from '../util/operator-error.ts'
import { saveTable, writeManifest } from './backup-folder.ts'
import { findConnection } from './find-connection.ts'
import { interruptible } from './interruptible.ts'
import { loadConfig } from './load-config.ts'
import type { Shell } from './shell.ts'

const MEGABYTE = 1_000_000

/** Writes everything that a server is into a folder: the database, the signing key, the media. The server may go on meanwhile. */
export async function backUp(shell: Shell, folder: string, options: { readonly config?: string }): Promise<void> {
  const { config } = loadConfig(shell, options.config)
  const target = resolve(shell.workingFolder, folder)
  if (await exists(target)) throw new OperatorError(`${target} is there already. A backup is written to a new folder; name another one.`)
  // The name is given when all is there, so that half a backup is never taken for one.
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await makeFolder(join(unfinished, 'tables'), 0o700)
  try {
    await fillFromDatabase(shell, unfinished, config)
    await rename(unfinished, target)
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 3 })
  }
  shell.print(`${target} is a backup of ${config.serverName}. It holds the signing key and everybody's data: keep it safe.`)
}

async function fillFromDatabase(shell: Shell, folder: string, config: Config): Promise<void> {
  const log = createLog({ ...config.log, level: 'warn' })
  const found = await findConnection(config, log)
  try {
    await checkSchema(found.connection, config, log)
    await interruptible(() => fill(shell, folder, config, found.connection))
  } finally {
    await found.release()
  }
}

async function checkSchema(connection: Connection, config: Config, log: Log): Promise<void> {
  const database = openDatabase(connection, log, 1)
  const prepared = await prepareDatabase(database.db, config.serverName).finally(() => database.close())
  if (!prepared.ok) throw new OperatorError(`${prepared.problem} ${prepared.fix}`)
}

async function fill(shell: Shell, folder: string, config: Config, connection: Connection): Promise<void> {
  const tables: Record<string, { sha256: string, bytes: number }> = {}
  const dump = await dumpDatabase(connection, async (table, rows) => {
    const saved = await saveTable(folder, table, rows)
    tables[table] = saved
    if (saved.bytes >= MEGABYTE) shell.note(`  ${table}: ${(saved.bytes / MEGABYTE).toFixed(1)} MB`)
  })
  if (await exists(config.signingKeyPath)) await copyFile(config.signingKeyPath, join(folder, 'signing.key'))
  else shell.note(`  There is no signing key at ${config.signingKeyPath}; the backup has none.`)
  // After the database: a file more than the rows know of does no harm, one that is missing does.
  if (await exists(config.media.path)) await cp(config.media.path, join(folder, 'media'), { recursive: true, errorOnExist: false })
  const madeAt = new Date(shell.clock.now()).toISOString()
  await writeManifest(folder, { hearth: shell.version, made_at: madeAt, dump, tables })
}

export const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false)
