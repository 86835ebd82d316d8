import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Stream } from './stream.ts'

const SAVE_INTERVAL_MS = 1_000

/**
 * The highest position, kept in a file beside the database. A database that is behind it was restored from a backup, and
 * what clients hold of the time between is void.
 */
export class PositionFile {
  readonly #path: string
  readonly #clock: Clock
  readonly #log: Log
  #stop: (() => void) | undefined
  #saved = 0
  #saving: Promise<void> = Promise.resolve()

  constructor({ path, clock, log }: { path: string, clock: Clock, log: Log }) {
    this.#path = path
    this.#clock = clock
    this.#log = log
  }

  /** The position that was last saved; 0 if there is no file. */
  async read(): Promise<number> {
    try {
      return Number.parseInt(await readFile(this.#path, 'utf8'), 10) || 0
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
      throw error
    }
  }

  /** Saves the head now and then, while it moves. */
  follow(stream: Stream): void {
    this.#stop = this.#clock.setTimer(SAVE_INTERVAL_MS, () => {
      this.#saving = this.#save(stream.head()).finally(() => {
        if (this.#stop !== undefined) this.follow(stream)
      })
    })
  }

  async close(stream: Stream): Promise<void> {
    this.#stop?.()
    this.#stop = undefined
    await this.#saving
    await this.#save(stream.head())
  }

  async #save(head: number): Promise<void> {
    if (head === this.#saved) return
    const fresh = `${this.#path}.new`
    try {
      await writeFile(fresh, `${head}\n`)
      await rename(fresh, this.#path)
      this.#saved = head
    } catch (error) {
      // A file that is behind only makes a restore harder to see; there is no reason to stop for it.
      this.#log.error({ error: String(error) }, 'How far the order of changes came could not be noted beside the database')
    }
  }
}
