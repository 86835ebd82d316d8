import { createHash } from 'node:crypto'
import { access, chmod, chown, constants, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OperatorError } from '../../util/operator-error.ts'
import type { Identity } from './identity.ts'

export interface Folders {
  readonly root: string
  readonly cluster: string
  readonly logs: string
  readonly sockets: string
}

/** The address of a unix socket has room for 107 bytes (103 on macOS), its file name and the lock file's included. */
const SOCKET_FOLDER_BYTES_MAX = 80

export function nameFolders(dataDir: string): Folders {
  const root = join(resolve(dataDir), 'postgres')
  const nearby = join(root, 'run')
  const short = join(tmpdir(), `hearth-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`)
  const sockets = Buffer.byteLength(nearby) <= SOCKET_FOLDER_BYTES_MAX ? nearby : short
  return { root, cluster: join(root, 'cluster'), logs: join(root, 'logs'), sockets }
}

export async function makeFolders(dataDir: string, folders: Folders, identity: Identity): Promise<void> {
  try {
    for (const folder of [folders.root, folders.logs, folders.sockets]) await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folders.root, constants.R_OK | constants.W_OK | constants.X_OK)
    const { uid, gid } = identity.ids
    if (uid !== undefined && gid !== undefined) {
      // The other user has to pass through the data folder, though not to read what is beside the database.
      await chmod(dataDir, 0o711)
      for (const folder of [folders.root, folders.logs, folders.sockets]) await chown(folder, uid, gid)
    }
  } catch (error) {
    throw new OperatorError(`The data folder ${dataDir} cannot be written (${(error as Error).message}). `
      + 'Give it to the user who runs Hearth, or set data_dir to another folder.')
  }
  await refuseForeignFolder(folders.sockets, identity)
}

/** A socket folder below the system's temporary folder could have been laid there by someone else, to listen in our place. */
async function refuseForeignFolder(sockets: string, identity: Identity): Promise<void> {
  const found = await lstat(sockets)
  const owner = identity.ids.uid ?? process.getuid?.() ?? found.uid
  if (found.isDirectory() && found.uid === owner && (found.mode & 0o022) === 0) return
  throw new OperatorError(`The folder ${sockets} belongs to someone else. Remove it, or set data_dir to a shorter path.`)
}
