import { copyFile, cp, readFile, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { loadDatabase } from '../store/backup/load.ts'
import { createLog } from '../util/log.ts'
import { OperatorError } from '../util/operator-error.ts'
import { exists } from './backup.ts'
import { openTable, readManifest, type Manifest } from './backup-folder.ts'
import { claimDataFolder, prepareDataFolder, prepareKeyFolder, prepareMediaFolder } from './data-folder.ts'
import { findConnection } from './find-connection.ts'
import { interruptible } from './interruptible.ts'
import { loadConfig } from './load-config.ts'
import type { Shell } from './shell.ts'

/** Makes a server of a backup, in an empty database and beside no other signing key. */
export async function restore(shell: Shell, folder: string, options: { readonly config?: string }): Promise<void> {
  const { config } = loadConfig(shell, options.config)
  const source = resolve(shell.workingFolder, folder)
  const manifest = await readManifest(source)
  const { serverName } = manifest.dump
  if (serverName !== config.serverName) {
    throw new OperatorError(
      `${source} is of the server ${serverName}, but the configuration says ${config.serverName}. Set server_name to ${serverName}.`,
    )
  }
  await refuseOtherKey(source, config)
  await prepareDataFolder(config.dataDir)
  // What cannot be written is told before the database is filled, which then would be in the way of another try.
  await prepareKeyFolder(dirname(config.signingKeyPath))
  await prepareMediaFolder(config.media.path)
  const release = await claimDataFolder(config.dataDir)
  try {
    await load(shell, source, manifest, config)
    await copyFiles(source, config)
  } finally {
    await release()
  }
  shell.print(`${serverName} is as it was at ${manifest.made_at}. Clients will sync anew. Next: npx hearth start`)
}

async function refuseOtherKey(source: string, { signingKeyPath }: Config): Promise<void> {
  const kept = await findKeyText(join(source, 'signing.key'))
  const present = await findKeyText(signingKeyPath)
  if (kept === undefined || present === undefined || kept.equals(present)) return
  throw new OperatorError(
    `There is a signing key at ${signingKeyPath} already. Move it away, so that the one of the backup takes its place.`,
  )
}

const findKeyText = async (path: string): Promise<Buffer | undefined> => (await exists(path) ? readFile(path) : undefined)

async function load(shell: Shell, source: string, manifest: Manifest, config: Config): Promise<void> {
  const log = createLog({ ...config.log, level: 'warn' })
  const found = await findConnection(config, log)
  try {
    const openRows = (table: string) => {
      shell.note(`  ${table}`)
      return openTable(source, table, manifest)
    }
    const { clock } = shell
    const outcome = await interruptible(() => loadDatabase({ connection: found.connection, dump: manifest.dump, clock, log, openRows }))
    if (!outcome.ok) {
      throw new OperatorError(
        `${outcome.problem} A backup is restored into an empty database: set data_dir or database.url to a new one.`,
      )
    }
  } finally {
    await found.release()
  }
}

async function copyFiles(source: string, config: Config): Promise<void> {
  // What an earlier server noted here is not this one's.
  await rm(join(config.dataDir, 'position'), { force: true })
  if (await exists(join(source, 'signing.key'))) {
    await copyFile(join(source, 'signing.key'), config.signingKeyPath)
  }
  if (await exists(join(source, 'media'))) await cp(join(source, 'media'), config.media.path, { recursive: true })
}
