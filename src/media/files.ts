import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { randomString, type Random } from '../util/random.ts'

/** Files of our users and those of other servers are kept apart, since the latter can be had again. */
export type FileOwner = 'local' | 'remote'

export type SavedFile =
  | { readonly ok: true, readonly digest: string, readonly sizeBytes: number }
  | { readonly ok: false, readonly reason: 'too-large' }

const TEMPORARY_NAME_LENGTH = 24

/** The bytes of media on disk, each file under its own digest. */
export class MediaFiles {
  readonly #folder: string
  readonly #random: Random

  constructor({ folder, random }: { folder: string, random: Random }) {
    this.#folder = folder
    this.#random = random
  }

  /** Writes what comes, as it comes. A file stands under its name only once it is whole and on the disk. */
  async save(bytes: Readable, sizeBytesMax: number, owner: FileOwner = 'local'): Promise<SavedFile> {
    const temporary = join(this.#folder, 'incoming', randomString(this.#random, TEMPORARY_NAME_LENGTH))
    await mkdir(dirname(temporary), { recursive: true, mode: 0o700 })
    try {
      const written = await writeThrough(temporary, bytes, sizeBytesMax)
      if (written === undefined) return { ok: false, reason: 'too-large' }
      const path = this.pathOf(written.digest, owner)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await rename(temporary, path)
      return { ok: true, ...written }
    } finally {
      await rm(temporary, { force: true })
    }
  }

  pathOf(digest: string, owner: FileOwner): string {
    return join(this.#folder, owner, digest.slice(0, 2), digest.slice(2, 4), digest.slice(4))
  }

  /** Where a smaller form of a picture is kept, once it was made. */
  thumbnailPathOf(digest: string, name: string): string {
    return join(this.#folder, 'thumbnails', digest.slice(0, 2), digest.slice(2, 4), `${digest.slice(4)}-${name}`)
  }

  /** Deletes a file with its small forms; where one of the same bytes is elsewhere they are made again for it. */
  async delete(digest: string, owner: FileOwner): Promise<void> {
    await rm(this.pathOf(digest, owner), { force: true })
    const folder = dirname(this.thumbnailPathOf(digest, ''))
    const names = await readdir(folder).catch((): string[] => [])
    for (const name of names) if (name.startsWith(`${digest.slice(4)}-`)) await rm(join(folder, name), { force: true })
  }

  read(path: string): Readable {
    return createReadStream(path)
  }

  async exists(path: string): Promise<boolean> {
    return access(path).then(() => true, () => false)
  }
}

async function writeThrough(
  path: string, bytes: Readable, sizeBytesMax: number,
): Promise<{ digest: string, sizeBytes: number } | undefined> {
  const file: FileHandle = await open(path, 'wx', 0o600)
  const hash = createHash('sha256')
  let sizeBytes = 0
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length
      if (sizeBytes > sizeBytesMax) return undefined
      hash.update(chunk)
      await file.write(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return { digest: hash.digest('hex'), sizeBytes }
}
