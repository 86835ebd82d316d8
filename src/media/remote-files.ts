import { Readable } from 'node:stream'
import { MatrixError, notFound } from '../matrix/errors.ts'
import { isServerName } from '../matrix/server-name.ts'
import { federationPath, withQuery } from '../remote/path.ts'
import type { SignedRequests } from '../remote/signed-requests.ts'
import type { Db } from '../store/database.ts'
import type { UploadedFile } from '../store/media.ts'
import { findRemoteMedia, insertRemoteMedia } from '../store/remote-media.ts'
import type { Clock } from '../util/clock.ts'
import { contentTypeOf, fileNameOf } from './content-type.ts'
import type { MediaFiles } from './files.ts'
import { readSecondPart } from './multipart.ts'

export interface RemoteFilesDeps {
  readonly db: Db
  readonly clock: Clock
  readonly files: MediaFiles
  readonly signedRequests: Pick<SignedRequests, 'open'>
  readonly uploadBytesMax: number
}

export interface MediaName { readonly serverName: string, readonly mediaId: string }

/** What the two parts have around the file. */
const AROUND_BYTES_MAX = 128 * 1024
const MEDIA_ID = /^[\w-]{1,255}$/
const FETCH_MS_MAX = 120_000

/** Files of other servers, fetched when somebody first wants them and kept since. */
export class RemoteFiles {
  readonly #deps: RemoteFilesDeps
  readonly #fetching = new Map<string, Promise<UploadedFile>>()

  constructor(deps: RemoteFilesDeps) {
    this.#deps = deps
  }

  /** Throws M_NOT_FOUND, M_TOO_LARGE (502) for more than we take, M_UNKNOWN (502) where the server does not give it. */
  async get(name: MediaName, timeoutMs: number): Promise<UploadedFile> {
    if (!isServerName(name.serverName) || !MEDIA_ID.test(name.mediaId)) throw notFound('There is no such server, or file.')
    const known = await findRemoteMedia(this.#deps.db, name.serverName, name.mediaId)
    if (known !== undefined) {
      if (known.quarantined) throw notFound('There is no such file here.')
      return known
    }
    const key = `${name.serverName}/${name.mediaId}`
    const running = this.#fetching.get(key)
    if (running !== undefined) return running
    const fetching = this.#fetch(name, timeoutMs).finally(() => this.#fetching.delete(key))
    this.#fetching.set(key, fetching)
    return fetching
  }

  async #fetch({ serverName, mediaId }: MediaName, timeoutMs: number): Promise<UploadedFile> {
    const { db, clock, files, signedRequests, uploadBytesMax } = this.#deps
    const path = withQuery(federationPath('v1', 'media', 'download', mediaId), { timeout_ms: timeoutMs })
    const limits = { timeoutMs: FETCH_MS_MAX, sizeBytesMax: uploadBytesMax + AROUND_BYTES_MAX }
    const answer = await signedRequests.open(serverName, path, limits)
    if (!answer.ok) {
      // Of a server that cannot be asked no file can be found.
      if (answer.reason !== 'answered' || answer.status === 404) throw notFound(`${serverName} gives no such file: ${answer.message}`)
      throw unavailable(`${serverName} does not give the file: ${answer.message}`)
    }
    const { headers, body } = answer.value
    try {
      const part = await readSecondPart(headers['content-type'], body)
      if (part === undefined || part.headers.has('location')) throw unavailable(`${serverName} gave no file.`)
      const saved = await files.save(Readable.from(part.bytes), uploadBytesMax)
      if (!saved.ok) throw new MatrixError('M_TOO_LARGE', 'The file is larger than this server takes.', { status: 502 })
      const contentType = contentTypeOf(part.headers.get('content-type'))
      const file = {
        content_type: contentType, upload_name: fileNameOf(part.headers.get('content-disposition')) ?? null,
        size_bytes: saved.sizeBytes, digest: saved.digest,
      }
      await insertRemoteMedia(db, { ...file, server_name: serverName, media_id: mediaId, fetched_at: clock.now() })
      return file
    } catch (error) {
      throw error instanceof MatrixError ? error : unavailable(`${serverName} did not give the whole file.`)
    } finally {
      body.destroy()
    }
  }
}

function unavailable(message: string): MatrixError {
  return new MatrixError('M_UNKNOWN', message, { status: 502 })
}
