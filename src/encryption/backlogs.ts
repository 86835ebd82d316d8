import type { Db } from '../store/database.ts'
import { countMessages, type Inbox } from '../store/encryption/to-device.ts'
import type { Stream } from '../streams/stream.ts'
import { Batch } from '../util/batch.ts'
import { Lru } from '../util/lru.ts'

/** What is remembered of the messages that wait for a device. */
export interface Backlog {
  /** No message that waits has a higher position. */
  newest: number
  /** Everything up to here was dropped as received. */
  receivedUpTo: number
  /** How many messages wait, roughly: rather too many than too few. */
  count: number
  /** The same in bytes. */
  bytes: number
}

interface Entry extends Backlog {
  loading: Promise<void> | undefined
}

const REMEMBERED_MAX = 200_000

/** Which devices have messages waiting, so that a device that has none costs no query. */
export class Backlogs {
  readonly #db: Db
  readonly #countMax: number
  readonly #entries = new Lru<string, Entry>(REMEMBERED_MAX)
  readonly #reads = new Batch<Inbox, Backlog>((inboxes) => this.ofAll(inboxes))

  constructor({ db, stream, countMax }: { readonly db: Db, readonly stream: Stream, readonly countMax: number }) {
    this.#db = db
    this.#countMax = countMax
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'to-device') this.#arrived(change)
    })
  }

  /** What is known if nothing must be asked for that. */
  peek({ user, deviceId }: Inbox): Backlog | undefined {
    const entry = this.#entries.get(nameOf(user, deviceId))
    return entry?.loading === undefined ? entry : undefined
  }

  /** The backlog of one inbox; those of others that are asked for meanwhile are read together. */
  async of(inbox: Inbox): Promise<Backlog> {
    return this.peek(inbox) ?? this.#reads.get(inbox)
  }

  /** The backlog of each inbox, in their order. */
  async ofAll(inboxes: readonly Inbox[]): Promise<Backlog[]> {
    const missing = inboxes.filter(({ user, deviceId }) => this.#entries.get(nameOf(user, deviceId)) === undefined)
    const loaded = missing.length === 0 ? new Map<string, Entry>() : this.#load(missing)
    const entries = inboxes.map(({ user, deviceId }) => {
      const name = nameOf(user, deviceId)
      const entry = loaded.get(name) ?? this.#entries.get(name)
      if (entry === undefined) throw new Error('A backlog was forgotten while it was asked for')
      return entry
    })
    await Promise.all(new Set(entries.map((entry) => entry.loading)))
    return entries
  }

  /** Has the backlog read anew when it is asked for next. */
  forget({ user, deviceId }: Inbox): void {
    this.#entries.delete(nameOf(user, deviceId))
  }

  /** Entries that are in their places at once, so that they learn of what arrives while they are being read. */
  #load(inboxes: readonly Inbox[]): Map<string, Entry> {
    const entries = new Map<string, Entry>()
    const unique: Inbox[] = []
    for (const inbox of inboxes) {
      const name = nameOf(inbox.user, inbox.deviceId)
      if (!entries.has(name)) unique.push(inbox)
      entries.set(name, { newest: 0, receivedUpTo: 0, count: 0, bytes: 0, loading: undefined })
    }
    const loading = this.#read(unique, entries)
    for (const [name, entry] of entries) {
      entry.loading = loading
      this.#entries.set(name, entry)
    }
    return entries
  }

  async #read(inboxes: readonly Inbox[], entries: ReadonlyMap<string, Entry>): Promise<void> {
    try {
      for (const row of await countMessages(this.#db, inboxes, this.#countMax)) {
        const entry = entries.get(nameOf(row.user_nid, row.device_id))
        if (entry === undefined) continue
        entry.newest = Math.max(entry.newest, row.newest)
        entry.count += row.count
        entry.bytes += row.bytes
      }
      for (const entry of entries.values()) entry.loading = undefined
    } catch (error) {
      for (const [name, entry] of entries) if (this.#entries.peek(name) === entry) this.#entries.delete(name)
      throw error
    }
  }

  #arrived({ user, deviceId, pos, bytes }: { user: number, deviceId: string, pos: number, bytes: number }): void {
    const entry = this.#entries.peek(nameOf(user, deviceId))
    if (entry === undefined) return
    entry.newest = Math.max(entry.newest, pos)
    entry.count += 1
    entry.bytes += bytes
  }
}

const nameOf = (user: number, deviceId: string): string => `${user}\0${deviceId}`
