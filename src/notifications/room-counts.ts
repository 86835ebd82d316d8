/** How many events somebody has not read, and how many of these are meant for him above all. */
export interface Unread {
  readonly notifications: number
  readonly highlights: number
}

/** The unread events of one room by thread. */
export interface UnreadByThread {
  /** Those of the main timeline and of all threads. */
  readonly total: Unread
  readonly main: Unread
  /** By the id of the thread's root; only threads in which something is unread. */
  readonly threads: ReadonlyMap<string, Unread>
}

export const MAIN_THREAD = 'main'
const NONE: Unread = { notifications: 0, highlights: 0 }

interface ThreadCounts {
  notifications: number
  highlights: number
  /** Events up to here are read. */
  readUpTo: number
  /** No event after this one is counted. */
  last: number
}

/** What was read: up to where in the whole room, and further in some threads. */
export interface ReadPlaces {
  readonly everywhere: number
  readonly threads: ReadonlyMap<string, number>
}

/** The threads that must be counted anew from a position on. */
export interface Recount {
  readonly after: number
  readonly threads: ReadonlySet<string>
}

const NO_THREADS: ReadonlyMap<string, ThreadCounts> = new Map()

/** The counts of one user in one room, moved on event by event. Kept small: there are as many as users are in rooms. */
export class RoomCounts implements UnreadByThread {
  /** Events up to here have been looked at. */
  countedTo: number
  /** Receipts up to this position have been taken in. */
  receiptsTo = 0
  #threads: Map<string, ThreadCounts> | undefined
  #everywhere: number

  constructor(countedTo: number, readUpTo = countedTo) {
    this.countedTo = countedTo
    this.#everywhere = readUpTo
  }

  get main(): Unread {
    return this.#threads?.get(MAIN_THREAD) ?? NONE
  }

  get total(): Unread {
    if ((this.#threads?.size ?? 0) <= 1 && this.#threads?.has(MAIN_THREAD) !== false) return this.main
    let notifications = 0
    let highlights = 0
    for (const counts of this.#threads?.values() ?? []) {
      notifications += counts.notifications
      highlights += counts.highlights
    }
    return { notifications, highlights }
  }

  get threads(): ReadonlyMap<string, Unread> {
    const unread = new Map<string, Unread>()
    for (const [id, counts] of this.#threads ?? NO_THREADS) if (id !== MAIN_THREAD && counts.notifications > 0) unread.set(id, counts)
    return unread
  }

  /** Each thread with what is to be saved of it; always the main one. */
  list(): readonly { readonly threadId: string, readonly from: number, readonly unread: Unread }[] {
    const main = { threadId: MAIN_THREAD, from: this.#threads?.get(MAIN_THREAD)?.readUpTo ?? this.#everywhere, unread: this.main }
    const others = [...this.#threads ?? NO_THREADS].filter(([id, counts]) => id !== MAIN_THREAD && counts.notifications > 0)
    return [main, ...others.map(([threadId, counts]) => ({ threadId, from: counts.readUpTo, unread: counts }))]
  }

  /** Takes over what was saved. */
  restore(threadId: string, from: number, { notifications, highlights }: Unread): void {
    this.#threads ??= new Map()
    this.#threads.set(threadId, { notifications, highlights, readUpTo: from, last: this.countedTo })
  }

  /** Whether an event of the thread at the position is still to be read. */
  isUnread(threadId: string, pos: number): boolean {
    return pos > (this.#threads?.get(threadId)?.readUpTo ?? this.#everywhere)
  }

  add(threadId: string, pos: number, isHighlight: boolean): void {
    const counts = this.#get(threadId)
    counts.notifications += 1
    counts.highlights += Number(isHighlight)
    counts.last = pos
  }

  /** Who says something in a thread has read what was said there. */
  readThread(threadId: string, pos: number): void {
    const known = this.#threads?.get(threadId)
    if (known === undefined || pos <= known.readUpTo) return
    known.readUpTo = pos
    known.notifications = 0
    known.highlights = 0
  }

  /**
   * Takes in how far the user has read. What it returns must be counted anew, since a receipt stands between events that
   * were counted; undefined where there is nothing of that, as is usual.
   */
  read({ everywhere, threads }: ReadPlaces): Recount | undefined {
    this.#everywhere = Math.max(this.#everywhere, everywhere)
    for (const [threadId, place] of threads) if (place > this.#everywhere) this.#get(threadId)
    const recounted = new Set<string>()
    let after = Number.POSITIVE_INFINITY
    for (const [threadId, counts] of this.#threads ?? NO_THREADS) {
      const upTo = Math.max(this.#everywhere, threads.get(threadId) ?? 0)
      if (upTo <= counts.readUpTo) continue
      if (counts.notifications > 0 && upTo < counts.last) {
        recounted.add(threadId)
        after = Math.min(after, upTo)
      }
      counts.readUpTo = upTo
      counts.notifications = 0
      counts.highlights = 0
    }
    return recounted.size === 0 ? undefined : { after, threads: recounted }
  }

  #get(threadId: string): ThreadCounts {
    this.#threads ??= new Map()
    const known = this.#threads.get(threadId)
    if (known !== undefined) return known
    const made = { notifications: 0, highlights: 0, readUpTo: this.#everywhere, last: 0 }
    this.#threads.set(threadId, made)
    return made
  }
}
