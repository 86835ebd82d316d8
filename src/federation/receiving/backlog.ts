import { MatrixError } from '../../matrix/errors.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'

/** Something that was written down and has to be done. */
export interface Task {
  readonly nid: number
  /** About how much memory it takes. */
  readonly size: number
}

export interface BacklogParts<Key, Item extends Task> {
  readonly clock: Clock
  readonly log: Log
  /** What is written down under a key and not done, in order. */
  readonly list: (key: Key, limit: number) => Promise<readonly Item[]>
  /** Does it; doing it twice is the same as doing it once. */
  readonly work: (key: Key, items: readonly Item[]) => Promise<void>
  /** Strikes out what was done. */
  readonly finish: (items: readonly Item[]) => Promise<void>
  /** Records what cannot be done, and strikes it out. */
  readonly setAside: (item: Item, error: unknown) => Promise<void>
}

interface Line<Item> {
  readonly waiting: Item[]
  /** Whether more is written down than is in memory. */
  isBehind: boolean
  /** Whether something was written down since it was last read what is. */
  hasNew: boolean
}

const DONE_TOGETHER = 50
/** More than this does not wait in memory, but where it is written down. */
const SIZE_MAX = 32 * 1024 * 1024
const ATTEMPTS_MAX = 3
const RETRY_MS = 500
/** So long the end waits for what is being done. */
const CLOSE_MS = 5_000

/**
 * Does what was written down, of each key one after another in the order in which it came, of different keys at the same
 * time. What fails again and again is set aside, and the rest goes on.
 */
export class Backlog<Key, Item extends Task> {
  readonly #parts: BacklogParts<Key, Item>
  readonly #lines = new Map<Key, Line<Item>>()
  readonly #running = new Map<Key, Promise<void>>()
  readonly #closing = new AbortController()
  #size = 0

  constructor(parts: BacklogParts<Key, Item>) {
    this.#parts = parts
  }

  /** Takes what has just been written down. */
  add(key: Key, items: readonly Item[]): void {
    const line = this.#lineOf(key)
    const size = sizeOf(items)
    if (line.isBehind || this.#size + size > SIZE_MAX) markBehind(line)
    else {
      line.waiting.push(...items)
      this.#size += size
    }
    this.#start(key)
  }

  /** Goes on with what was left when the process ended. */
  resume(key: Key): void {
    markBehind(this.#lineOf(key))
    this.#start(key)
  }

  /** Resolves when nothing of the key waits any more; undefined where nothing does. */
  idle(key: Key): Promise<void> | undefined {
    return this.#running.get(key)
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
  }

  /** Ends when what is being done is done, or takes too long; the rest stays written down. */
  async close(): Promise<void> {
    this.#closing.abort()
    const done = new AbortController()
    const settled = this.settled().finally(() => done.abort())
    await Promise.race([settled, this.#parts.clock.sleep(CLOSE_MS, done.signal)])
  }

  #lineOf(key: Key): Line<Item> {
    let line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, line = { waiting: [], isBehind: false, hasNew: false })
    return line
  }

  #start(key: Key): void {
    if (this.#running.has(key) || this.#closing.signal.aborted) return
    this.#running.set(key, this.#run(key))
  }

  async #run(key: Key): Promise<void> {
    const { clock, log } = this.#parts
    const line = this.#lineOf(key)
    while (!this.#closing.signal.aborted) {
      try {
        const items = await this.#take(key, line)
        if (items.length > 0) await this.#do(key, items)
        else if (!line.isBehind && line.waiting.length === 0) break
      } catch (error) {
        log.error({ key: String(key), error: String(error) }, 'What was received could not be worked off')
        line.isBehind = true
        await clock.sleep(RETRY_MS, this.#closing.signal)
      }
    }
    // At once, so that whoever comes next begins anew.
    this.#takeWaiting(line)
    this.#lines.delete(key)
    this.#running.delete(key)
  }

  /** What comes next. While not all of it is in memory, it is read where it is written down; nothing is in both places then. */
  async #take(key: Key, line: Line<Item>): Promise<readonly Item[]> {
    if (!line.isBehind) return this.#takeWaiting(line, DONE_TOGETHER)
    this.#takeWaiting(line)
    line.hasNew = false
    const items = await this.#parts.list(key, DONE_TOGETHER)
    line.isBehind = line.hasNew || items.length === DONE_TOGETHER
    return items
  }

  #takeWaiting({ waiting }: Line<Item>, count = waiting.length): readonly Item[] {
    const items = waiting.splice(0, count)
    this.#size -= sizeOf(items)
    return items
  }

  async #do(key: Key, items: readonly Item[]): Promise<void> {
    const { clock, work, finish, setAside } = this.#parts
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      try {
        await work(key, items)
        // At the end others are not asked any more, so that something may look as if it could not be done.
        return this.#closing.signal.aborted ? undefined : await finish(items)
      } catch (error) {
        const [item, ...others] = items
        if (!isBusy(error) && others.length > 0) return await this.#doEach(key, items)
        if (!isBusy(error) && attempt === ATTEMPTS_MAX && item !== undefined) return await setAside(item, error)
      }
      await clock.sleep(RETRY_MS * attempt, this.#closing.signal)
    }
  }

  /** One of them is the guilty one; the others get through without it. */
  async #doEach(key: Key, items: readonly Item[]): Promise<void> {
    for (const item of items) await this.#do(key, [item])
  }
}

function markBehind(line: Line<Task>): void {
  line.isBehind = true
  line.hasNew = true
}

function isBusy(error: unknown): boolean {
  return error instanceof MatrixError && error.errcode === 'M_LIMIT_EXCEEDED'
}

function sizeOf(items: readonly Task[]): number {
  return items.reduce((sum, item) => sum + item.size, 0)
}
