import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { Dump } from '../store/backup/dump.ts'
import { messageOf } from '../util/message-of.ts'
import { OperatorError } from '../util/operator-error.ts'

/** The form of the folder; a program reads those up to its own. */
const FORMAT = 1

export interface Manifest {
  readonly format: number
  readonly hearth: string
  readonly made_at: string
  readonly dump: Dump
  /** The checksum and size of each table, as it was before compression. */
  readonly tables: Readonly<Record<string, { readonly sha256: string, readonly bytes: number }>>
}

const fileOf = (folder: string, table: string): string => join(folder, 'tables', `${table}.copy.gz`)

/** Writes the rows of a table; answers what they add up to. */
export async function saveTable(folder: string, table: string, rows: Readable): Promise<{ sha256: string, bytes: number }> {
  const sum = summing()
  await pipeline(rows, sum.stream, createGzip({ level: 1 }), createWriteStream(fileOf(folder, table), { mode: 0o600 }))
  return sum.result()
}

const damaged = (path: string, why: string): OperatorError => new OperatorError(`${path} is damaged (${why}). Take another backup.`)

/** The rows of a table. The stream fails at its end when they are not those that were written. */
export function openTable(folder: string, table: string, { tables }: Manifest): Readable {
  return Readable.from(readTable(fileOf(folder, table), tables[table]?.sha256), { objectMode: false })
}

async function* readTable(path: string, sha256: string | undefined): AsyncGenerator<Buffer> {
  const sum = summing()
  // Whoever reads the last stream below hears of it.
  pipeline(createReadStream(path), createGunzip(), sum.stream).catch(() => undefined)
  try {
    for await (const chunk of sum.stream) yield chunk as Buffer
  } catch (error) {
    throw damaged(path, messageOf(error))
  }
  if (sum.result().sha256 !== sha256) throw damaged(path, 'its checksum is another one')
}

function summing() {
  const hash = createHash('sha256')
  let bytes = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(undefined, chunk)
    },
  })
  return { stream, result: () => ({ sha256: hash.copy().digest('hex'), bytes }) }
}

export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`, { mode: 0o600 })
}

export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') throw error
    return undefined
  })
  if (text === undefined) {
    throw new OperatorError(`${folder} is no backup: it has no manifest.json, which is written when a backup is complete.`)
  }
  const manifest = parseManifest(text)
  if (manifest === undefined) throw damaged(join(folder, 'manifest.json'), 'it is not JSON')
  if (manifest.format > FORMAT) {
    throw new OperatorError(
      `${folder} was made by Hearth ${manifest.hearth}, which is newer than this one. Restore it with that version.`,
    )
  }
  return manifest
}

function parseManifest(text: string): Manifest | undefined {
  try {
    return JSON.parse(text) as Manifest
  } catch {
    return undefined
  }
}
