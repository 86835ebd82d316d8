import type { Readable } from 'node:stream'
import { forbidden, limitExceeded, MatrixError, notFound } from '../matrix/errors.ts'
import type { Db } from '../store/database.ts'
import {
  completeMedia, countPendingMedia, deleteExpiredMedia, findMedia, insertMedia, insertPendingMedia, type StoredMedia, type UploadedFile,
} from '../store/media/media.ts'
import type { Clock } from '../util/clock.ts'
import { DAY_MS } from '../util/durations.ts'
import { randomString, type Random } from '../util/random.ts'
import { contentTypeOf } from './content-type.ts'
import type { MediaFiles } from './files.ts'
import type { MediaName, RemoteFiles } from './remote-files.ts'
import { thumbnailSizeFor, type ThumbnailSize } from './thumbnail-sizes.ts'
import type { Thumbnail, Thumbnails } from './thumbnails.ts'

export interface MediaParts {
  readonly db: Db
  readonly clock: Clock
  readonly random: Random
  readonly files: MediaFiles
  readonly thumbnails: Thumbnails
  readonly remoteFiles: RemoteFiles
  readonly serverName: string
  readonly uploadBytesMax: number
}

export interface Upload {
  readonly bytes: Readable
  readonly contentType: string | undefined
  readonly contentLength: number | undefined
  readonly fileName: string | undefined
}

export interface Download {
  readonly path: string
  readonly contentType: string
  readonly sizeBytes: number
  readonly fileName: string | undefined
}

type FoundFile = Pick<StoredMedia, 'digest' | 'content_type' | 'size_bytes' | 'upload_name'>

const ID_LENGTH = 24
const PENDING_MAX = 5
const PENDING_MS = DAY_MS
const WAIT_MS_DEFAULT = 20_000
const WAIT_MS_MAX = 60_000
const LOOK_MS = 500

/** The files that people of this server share, and those of others that they look at (Client-Server API, Content repository). */
export class Media {
  readonly uploadBytesMax: number
  readonly #parts: MediaParts

  constructor(parts: MediaParts) {
    this.#parts = parts
    this.uploadBytesMax = parts.uploadBytesMax
  }

  /** Keeps a file; resolves with its mxc URI. Errors: M_TOO_LARGE. */
  async upload(owner: number, upload: Upload): Promise<string> {
    const { db, clock } = this.#parts
    const file = await this.#save(upload)
    const mediaId = this.#newId()
    await insertMedia(db, { ...file, media_id: mediaId, owner_nid: owner, created_at: clock.now() })
    return this.#uriOf(mediaId)
  }

  /** Gives out a URI whose bytes come later. Errors: M_LIMIT_EXCEEDED while too many are awaited. */
  async create(owner: number): Promise<{ content_uri: string, unused_expires_at: number }> {
    const { db, clock } = this.#parts
    const now = clock.now()
    if (await countPendingMedia(db, owner, now) >= PENDING_MAX) throw limitExceeded(WAIT_MS_MAX)
    const mediaId = this.#newId()
    await insertPendingMedia(db, { media_id: mediaId, owner_nid: owner, created_at: now, expires_at: now + PENDING_MS })
    return { content_uri: this.#uriOf(mediaId), unused_expires_at: now + PENDING_MS }
  }

  /** Brings the bytes of a URI that was given out. Errors: M_NOT_FOUND, M_FORBIDDEN, M_CANNOT_OVERWRITE_MEDIA, M_TOO_LARGE. */
  async complete(owner: number, name: { serverName: string, mediaId: string }, upload: Upload): Promise<void> {
    const { db, clock, serverName } = this.#parts
    const row = name.serverName === serverName ? await findMedia(db, name.mediaId) : undefined
    if (row === undefined || (row.digest === null && (row.expires_at ?? 0) <= clock.now())) throw notFound(
      'This id was never given out, or too long ago.',
    )
    if (row.owner_nid !== owner) throw forbidden('This id was given to somebody else.')
    if (row.digest !== null) throw cannotOverwrite()
    if (!await completeMedia(db, name.mediaId, await this.#save(upload))) throw cannotOverwrite()
  }

  /** Where a file is. Errors: M_NOT_FOUND, M_NOT_YET_UPLOADED. */
  async find(name: { serverName: string, mediaId: string }, timeoutMs: number | undefined): Promise<Download> {
    const row = await this.#await(name, timeoutMs)
    const { digest, content_type: contentType, size_bytes: sizeBytes, upload_name: fileName } = row
    if (digest === null) throw new MatrixError('M_NOT_YET_UPLOADED', 'The bytes have not come yet.')
    return {
      path: this.#pathOf(name, digest),
      contentType: contentType ?? 'application/octet-stream',
      sizeBytes: sizeBytes ?? 0,
      fileName: fileName ?? undefined,
    }
  }

  /** A small form of a picture. Errors: as `find`, and M_UNKNOWN for what is no picture, M_TOO_LARGE. */
  async findThumbnail(
    name: { serverName: string, mediaId: string }, wish: ThumbnailSize & { animated: boolean, timeoutMs: number | undefined },
  ): Promise<Thumbnail> {
    const { digest, content_type: contentType } = await this.#await(name, wish.timeoutMs)
    if (digest === null) throw new MatrixError('M_NOT_YET_UPLOADED', 'The bytes have not come yet.')
    const source = { digest, source: this.#pathOf(name, digest), contentType: contentType ?? '' }
    return this.#parts.thumbnails.get(source, thumbnailSizeFor(wish), wish.animated)
  }

  read(path: string): Readable {
    return this.#parts.files.read(path)
  }

  /** Forgets URIs whose bytes never came, and files of other servers that there is no room for any more. */
  async deleteExpired(): Promise<void> {
    await deleteExpiredMedia(this.#parts.db, this.#parts.clock.now())
    await this.#parts.remoteFiles.evict()
  }

  #pathOf({ serverName }: Pick<MediaName, 'serverName'>, digest: string): string {
    return this.#parts.files.pathOf(digest, serverName === this.#parts.serverName ? 'local' : 'remote')
  }

  /** Waits for bytes that are on their way, for as long as the client likes within bounds. */
  async #await({ serverName, mediaId }: MediaName, timeoutMs = WAIT_MS_DEFAULT): Promise<FoundFile> {
    const { db, clock } = this.#parts
    const waitMs = Math.min(timeoutMs, WAIT_MS_MAX)
    if (serverName !== this.#parts.serverName) return this.#parts.remoteFiles.get({ serverName, mediaId }, waitMs)
    const endMs = clock.monotonicMs() + waitMs
    for (;;) {
      const row = await findMedia(db, mediaId)
      if (row === undefined || row.quarantined) throw notFound('There is no such file here.')
      if (row.digest !== null || clock.monotonicMs() >= endMs) return row
      await clock.sleep(LOOK_MS)
    }
  }

  async #save({ bytes, contentType, contentLength, fileName }: Upload): Promise<UploadedFile> {
    const tooLarge = (): MatrixError => new MatrixError('M_TOO_LARGE', `Files may have ${this.uploadBytesMax} bytes at most.`)
    if (contentLength !== undefined && contentLength > this.uploadBytesMax) throw tooLarge()
    const saved = await this.#parts.files.save(bytes, this.uploadBytesMax)
    if (!saved.ok) throw tooLarge()
    return { content_type: contentTypeOf(contentType), upload_name: fileName ?? null, size_bytes: saved.sizeBytes, digest: saved.digest }
  }

  #newId(): string {
    return randomString(this.#parts.random, ID_LENGTH)
  }

  #uriOf(mediaId: string): string {
    return `mxc://${this.#parts.serverName}/${mediaId}`
  }
}

function cannotOverwrite(): MatrixError {
  return new MatrixError('M_CANNOT_OVERWRITE_MEDIA', 'The bytes of this id have come already.')
}
