import { Readable } from 'node:stream'
import { MatrixError, notFound } from '../matrix/errors.ts'
import { isServerName } from '../matrix/server-name.ts'
import type { Db } from '../store/database.ts'
import type { UploadedFile } from '../store/media/media.ts'
import {
  deleteOldestRemoteMedia, findRemoteMedia, insertRemoteMedia, listDigestsInUse, noteRemoteMediaRead, sumRemoteMedia,
} from '../store/media/remote-media.ts'
import type { Clock } from '../util/clock.ts'
import { DAY_MS } from '../util/durations.ts'
import { openRemoteFile, unavailable, type AskRemoteParts, type Incoming, type MediaName } from './ask-remote.ts'
import { contentTypeOf, fileNameOf } from './content-type.ts'
import type { MediaFiles } from './files.ts'

export type { MediaName }

export interface RemoteFilesParts extends AskRemoteParts {
  readonly db: Db
  readonly clock: Clock
  readonly files: MediaFiles
  /** How long a file is kept that nobody looks at, and how much is kept; without bound if undefined. */
  readonly remoteKeptMs: number | undefined
  readonly remoteBytesMax: number | undefined
}

const MEDIA_ID = /^[\w-]{1,255}$/
/** It is enough to know the day on which a file was looked at. */
const NOTED_EVERY_MS = DAY_MS
const EVICTED_AT_ONCE = 200

/** Files of other servers, fetched when somebody first wants them and kept while there is room. */
export class RemoteFiles {
  readonly #parts: RemoteFilesParts
  readonly #fetching = new Map<string, Promise<UploadedFile>>()

  constructor(parts: RemoteFilesParts) {
    this.#parts = parts
  }

  /** Throws M_NOT_FOUND, M_TOO_LARGE (502) for more than we take, M_UNKNOWN (502) where the server does not give it. */
  async get(name: MediaName, timeoutMs: number): Promise<UploadedFile> {
    if (!isServerName(name.serverName) || !MEDIA_ID.test(name.mediaId)) throw notFound('There is no such server, or file.')
    const known = await this.#find(name)
    if (known !== undefined) return known
    const key = `${name.serverName}/${name.mediaId}`
    const running = this.#fetching.get(key)
    if (running !== undefined) return running
    const fetching = this.#fetch(name, timeoutMs).finally(() => this.#fetching.delete(key))
    this.#fetching.set(key, fetching)
    return fetching
  }

  /** Lets go of files that nobody has looked at for too long, and of the longest unseen while there are too many. */
  async evict(): Promise<void> {
    const { db, clock, remoteKeptMs, remoteBytesMax } = this.#parts
    const before = remoteKeptMs === undefined ? 0 : clock.now() - remoteKeptMs
    while (await this.#evict({ before, bytes: Infinity }) > 0) continue
    if (remoteBytesMax === undefined) return
    let tooMany = await sumRemoteMedia(db) - remoteBytesMax
    while (tooMany > 0) {
      const freed = await this.#evict({ before: Infinity, bytes: tooMany })
      if (freed === 0) return
      tooMany -= freed
    }
  }

  async #find({ serverName, mediaId }: MediaName): Promise<UploadedFile | undefined> {
    const { db, clock, files } = this.#parts
    const known = await findRemoteMedia(db, serverName, mediaId)
    if (known === undefined) return undefined
    if (known.quarantined) throw notFound('There is no such file here.')
    if (!await files.exists(files.pathOf(known.digest, 'remote'))) return undefined
    if (known.read_at < clock.now() - NOTED_EVERY_MS) await noteRemoteMediaRead(db, serverName, mediaId, clock.now())
    return known
  }

  async #fetch(name: MediaName, timeoutMs: number): Promise<UploadedFile> {
    const incoming = await openRemoteFile(this.#parts, name, timeoutMs)
    try {
      const file = await this.#save(incoming)
      const { serverName: server_name, mediaId: media_id } = name
      const now = this.#parts.clock.now()
      await insertRemoteMedia(this.#parts.db, { ...file, server_name, media_id, fetched_at: now, read_at: now })
      return file
    } catch (error) {
      throw error instanceof MatrixError ? error : unavailable(`${name.serverName} did not give the whole file.`)
    } finally {
      incoming.close()
    }
  }

  async #save({ bytes, contentType, disposition }: Incoming): Promise<UploadedFile> {
    const { files, uploadBytesMax } = this.#parts
    const saved = await files.save(Readable.from(bytes), uploadBytesMax, 'remote')
    if (!saved.ok) throw new MatrixError('M_TOO_LARGE', 'The file is larger than this server takes.', { status: 502 })
    return {
      content_type: contentTypeOf(contentType), upload_name: fileNameOf(disposition) ?? null, size_bytes: saved.sizeBytes,
      digest: saved.digest,
    }
  }

  /** The rows go first: a file whose row is there and which is not is fetched again. Resolves with the size of what went. */
  async #evict({ before, bytes }: { readonly before: number, readonly bytes: number }): Promise<number> {
    const { db, files } = this.#parts
    const gone = await deleteOldestRemoteMedia(db, { before, bytes, limit: EVICTED_AT_ONCE })
    const digests = [...new Set(gone.map(({ digest }) => digest))]
    const inUse = new Set(digests.length === 0 ? [] : await listDigestsInUse(db, digests))
    for (const digest of digests) if (!inUse.has(digest)) await files.delete(digest, 'remote')
    return gone.reduce((sum, { size_bytes: size }) => sum + Math.max(size, 1), 0)
  }
}
