import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing. The mkdir of Node that does so tries for ever where the system says of a
 * folder that is there that it is not, as below /proc.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    return await makeOne(path, mode)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT') || dirname(path) === path) throw error
  }
  await makeFolder(dirname(path), mode)
  await makeOne(path, mode)
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const isThere = await stat(path).then((found) => found.isDirectory(), () => false)
    if (!isThere) throw error
  }
}
