import { appendFile, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { OperatorError } from '../../util/operator-error.ts'
import type { Folders } from './folders.ts'
import type { Identity } from './identity.ts'
import { commandOf } from './postmaster.ts'
import type { RunProgram } from './programs.ts'
import { settingsFile } from './settings.ts'

export const SUPERUSER = 'hearth'
const SETTINGS_FILE = 'hearth.conf'
const FRESH = 'cluster-new-'

/** Makes the cluster at the first start; later makes sure that this PostgreSQL can read it. */
export async function prepareCluster(folders: Folders, identity: Identity, major: string, run: RunProgram): Promise<void> {
  if (await findMajor(folders.cluster) === undefined) await createCluster(folders, identity, run)
  const found = await findMajor(folders.cluster)
  if (found !== major) {
    throw new OperatorError(
      `The database in ${folders.cluster} was written by PostgreSQL ${found ?? 'of an unknown version'}, and this Hearth brings `
        + `PostgreSQL ${major}. Run "hearth backup" with the Hearth that wrote it, move the folder away, and run "hearth restore" `
        + 'with this one.',
    )
  }
  await writeSettings(folders, identity)
}

async function findMajor(cluster: string): Promise<string | undefined> {
  return readFile(join(cluster, 'PG_VERSION'), 'utf8').then((text) => text.trim(), () => undefined)
}

/**
 * The cluster is made beside its place and moved there whole: a start that is killed on the way leaves nothing that
 * looks like a database, and of two first starts at once one wins.
 */
async function createCluster(folders: Folders, identity: Identity, run: RunProgram): Promise<void> {
  await removeLeftovers(folders)
  const fresh = join(folders.root, `${FRESH}${process.pid}`)
  await mkdir(fresh, { mode: 0o700 })
  if (identity.ids.uid !== undefined) await chown(fresh, identity.ids.uid, identity.ids.gid ?? -1)
  // The built-in locale sorts and compares in the same way on every machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const { ok, output } = await run('initdb', ['-D', fresh, '-U', SUPERUSER, '-A', 'trust', ...locale], folders.root)
  if (!ok) throw new OperatorError(`The embedded database could not be created in ${folders.root}: ${output.trim()}`)
  await appendFile(join(fresh, 'postgresql.conf'), `\ninclude '${SETTINGS_FILE}'\n`)
  try {
    await rename(fresh, folders.cluster)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (await findMajor(folders.cluster) === undefined) throw error
  }
}

/** Half-made clusters of starts that were killed. */
async function removeLeftovers(folders: Folders): Promise<void> {
  for (const name of await readdir(folders.root)) {
    if (!name.startsWith(FRESH)) continue
    const pid = Number(name.slice(FRESH.length))
    if (pid === process.pid || await commandOf(pid) === '') await rm(join(folders.root, name), { recursive: true, force: true })
  }
}

/** Written beside and moved into place, since a server that starts at the same moment reads it. */
async function writeSettings(folders: Folders, identity: Identity): Promise<void> {
  const at = join(folders.cluster, SETTINGS_FILE)
  const fresh = join(folders.cluster, `.${basename(at)}-${process.pid}`)
  await writeFile(fresh, settingsFile(folders.logs), { mode: 0o600 })
  if (identity.ids.uid !== undefined) await chown(fresh, identity.ids.uid, identity.ids.gid ?? -1)
  await rename(fresh, at)
}
