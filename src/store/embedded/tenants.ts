import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandOf } from './postmaster.ts'

/**
 * The server and the command line may use the same database at once, each starting it when it does not run yet.
 * Each leaves a note with its number here, so that the last to leave turns off the light, and only the last.
 */
export async function enter(root: string): Promise<void> {
  await mkdir(folderOf(root), { recursive: true, mode: 0o700 })
  await writeFile(join(folderOf(root), String(process.pid)), '')
}

/** Takes our note away; answers whether nobody else is left. */
export async function leave(root: string): Promise<boolean> {
  await rm(join(folderOf(root), String(process.pid)), { force: true })
  let othersLeft = false
  for (const name of await readdir(folderOf(root)).catch(() => [])) {
    // The number of a tenant that was killed may be another program's by now.
    if (/node|hearth/.test(await commandOf(Number(name)))) othersLeft = true
    else await rm(join(folderOf(root), name), { force: true })
  }
  return !othersLeft
}

const folderOf = (root: string): string => join(root, 'tenants')
