import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { MatrixError } from '../matrix/errors.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { MediaFiles } from './files.ts'
import type { ThumbnailSize } from './thumbnail-sizes.ts'

export type ThumbnailFormat = 'jpeg' | 'png' | 'webp'

/** What the worker is asked for; it writes the file itself. */
export interface ThumbnailJob extends ThumbnailSize {
  readonly id: number
  readonly source: string
  readonly target: string
  readonly animated: boolean
  readonly format: ThumbnailFormat
}

export type ThumbnailOutcome = { readonly id: number, readonly ok: true } | {
  readonly id: number, readonly ok: false, readonly reason: 'no-picture' | 'too-large',
}

/** The digest of a picture, the path of its file, and what kind of picture it is said to be. */
export interface ThumbnailSource { readonly digest: string, readonly source: string, readonly contentType: string }

export interface Thumbnail {
  readonly path: string
  readonly contentType: string
}

const WORKER = new URL('../workers/thumbnail.ts', import.meta.url)
const TIMEOUT_MS = 20_000
/** Old clients show pictures of these kinds and no others (Client-Server API, GET /thumbnail). What moves is WebP. */
const STILL_FORMATS: ReadonlyMap<string, ThumbnailFormat> = new Map([['image/jpeg', 'jpeg'], ['image/png', 'png'], ['image/gif', 'png']])

/** Makes small forms of pictures in a thread of its own, which is ended when a picture takes it too long. */
export class Thumbnails {
  readonly #files: MediaFiles
  readonly #clock: Clock
  readonly #log: Log
  readonly #making = new Map<string, Promise<void>>()
  readonly #waiting = new Map<number, { resolve: (outcome: ThumbnailOutcome) => void }>()
  #worker: Worker | undefined
  #nextId = 1

  constructor({ files, clock, log }: { files: MediaFiles, clock: Clock, log: Log }) {
    this.#files = files
    this.#clock = clock
    this.#log = log
  }

  /** Errors: M_UNKNOWN for what is no picture, M_TOO_LARGE for one with too many pixels. */
  async get({ digest, source, contentType }: ThumbnailSource, size: ThumbnailSize, animated: boolean): Promise<Thumbnail> {
    const kind = animated ? 'animated' : 'still'
    const format = animated ? 'webp' : STILL_FORMATS.get(contentType) ?? 'webp'
    const path = this.#files.thumbnailPathOf(digest, `${size.width}x${size.height}-${size.method}-${kind}.${format}`)
    if (!await this.#files.exists(path)) {
      let making = this.#making.get(path)
      if (making === undefined) {
        making = this.#make({ source, target: path, animated, format, ...size }).finally(() => this.#making.delete(path))
        this.#making.set(path, making)
      }
      await making
    }
    return { path, contentType: `image/${format}` }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = undefined
  }

  async #make(job: Omit<ThumbnailJob, 'id'>): Promise<void> {
    await mkdir(dirname(job.target), { recursive: true, mode: 0o700 })
    const outcome = await this.#ask({ id: this.#nextId++, ...job })
    if (outcome.ok) return
    if (outcome.reason === 'too-large') throw new MatrixError('M_TOO_LARGE', 'The picture has too many pixels.')
    throw new MatrixError('M_UNKNOWN', 'There is no small form of this.', { status: 400 })
  }

  async #ask(job: ThumbnailJob): Promise<ThumbnailOutcome> {
    const { promise, resolve } = Promise.withResolvers<ThumbnailOutcome>()
    this.#waiting.set(job.id, { resolve })
    const cancel = this.#clock.setTimer(TIMEOUT_MS, () => this.#giveUp('took too long'))
    this.#start().postMessage(job)
    try {
      return await promise
    } finally {
      cancel()
      this.#waiting.delete(job.id)
    }
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: 256 } })
    worker.unref()
    worker.on('message', (outcome: ThumbnailOutcome) => this.#waiting.get(outcome.id)?.resolve(outcome))
    worker.on('error', (error) => {
      this.#log.info({ error: String(error) }, 'The thread that makes thumbnails ended')
      if (this.#worker === worker) this.#giveUp('ended')
    })
    this.#worker = worker
    return worker
  }

  #giveUp(why: string): void {
    this.#log.info({ why }, 'A thumbnail could not be made')
    void this.#worker?.terminate()
    this.#worker = undefined
    for (const [id, { resolve }] of this.#waiting) resolve({ id, ok: false, reason: 'no-picture' })
  }
}
