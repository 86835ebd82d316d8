import { access, constants, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { commandOf } from '../store/embedded/postmaster.ts'
import { makeFolder } from '../util/make-folder.ts'
import { OperatorError } from '../util/operator-error.ts'

/** Makes the data folder if needed. Errors: an OperatorError where it cannot be written. */
export function prepareDataFolder(dataDir: string): Promise<void> {
  return prepareFolder(dataDir, 'data', 'data_dir')
}

/** The same for uploads, which otherwise would fail one by one. */
export function prepareMediaFolder(path: string): Promise<void> {
  return prepareFolder(path, 'media', 'media.path')
}

export function prepareKeyFolder(path: string): Promise<void> {
  return prepareFolder(path, 'signing key\'s', 'signing_key_path')
}

async function prepareFolder(path: string, kind: string, key: string): Promise<void> {
  try {
    await makeFolder(path, 0o700)
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new OperatorError(`The ${kind} folder ${path} cannot be written (${(error as Error).message}). `
      + `Give it to the user who runs Hearth, or set ${key} to another folder.`)
  }
}

/**
 * Takes the data folder for this process; the function that is returned lets it go. A note left by a process that was
 * killed does not count. Errors: an OperatorError while another server works there.
 */
export async function claimDataFolder(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'server.pid')
  const holder = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
  if (holder > 0 && holder !== process.pid && (await commandOf(holder)).includes('main.ts')) {
    throw new OperatorError(
      `Another Hearth (process ${holder}) already runs on the data folder ${dataDir}. Stop it first, or set data_dir to another folder.`,
    )
  }
  await rm(path, { force: true })
  try {
    const file = await open(path, 'wx')
    await file.writeFile(`${process.pid}\n`)
    await file.close()
  } catch {
    throw new OperatorError(
      `Another Hearth is being started on the data folder ${dataDir}. Stop it first, or set data_dir to another folder.`,
    )
  }
  return () => rm(path, { force: true })
}
