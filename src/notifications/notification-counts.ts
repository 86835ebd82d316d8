import { evaluatePushRules } from '../matrix/push-rules/evaluate-push-rules.ts'
import type { PushRecipient } from '../matrix/push-rules/push-conditions.ts'
import type { EventCache } from '../rooms/event-cache.ts'
import type { Receipts } from '../rooms/reading/receipts.ts'
import { contentString, type RoomEvent } from '../rooms/room-event.ts'
import type { Room } from '../rooms/room.ts'
import type { Db } from '../store/database.ts'
import { saveCounts } from '../store/notification-counts.ts'
import type { IgnoredUsers } from '../users/ignored-users.ts'
import type { PushRules, UserPushRules } from '../users/push-rules.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { Lru } from '../util/lru.ts'
import { yieldToLoop } from '../util/yield.ts'
import { CountRows } from './count-rows.ts'
import { hasReceiptOf } from './own-receipts.ts'
import { PushEvents } from './push-events.ts'
import { MAIN_THREAD, RoomCounts, type ReadPlaces, type Recount, type UnreadByThread } from './room-counts.ts'

export interface NotificationCountsParts {
  readonly db: Db
  readonly events: EventCache
  readonly receipts: Pick<Receipts, 'peekSince'>
  readonly pushRules: Pick<PushRules, 'rulesOf'>
  readonly ignoredUsers: Pick<IgnoredUsers, 'ignoredBy'>
  readonly clock: Clock
  readonly log: Log
}

/** Whose counts are asked for. */
export interface Counted { readonly user: number, readonly userId: string }

/** A room in which the user is joined, and since when by the last event of his own membership. */
export interface CountedRoom { readonly room: Room, readonly memberPos: number }

type UserCounts = Map<number, RoomCounts>

/** For whom is counted, and what counts for them. */
interface Judge {
  readonly userId: string
  readonly user: number
  readonly rules: UserPushRules
  readonly ignored: ReadonlySet<string>
}

/** What is counted: a room for somebody, on from the counts or, in some threads, anew. */
interface Counting {
  readonly judge: Judge
  readonly room: Room
  readonly counts: RoomCounts
  readonly recount: Recount | undefined
}

/** So many counts are kept in memory; the others are read again when they are asked for. */
const COUNTS_MAX = 2_000_000
const SAVE_EVERY_MS = 30_000
const SAVED_TOGETHER = 1_000
const LOADED_TOGETHER = 500

/**
 * How many events each user has not read, by room and thread. Nothing is counted when an event is sent: whoever asks moves
 * the counts on to the position of the answer, so that an event and the count that it changes come together.
 */
export class NotificationCounts {
  readonly #parts: NotificationCountsParts
  readonly #rows: CountRows
  readonly #pushEvents = new PushEvents()
  readonly #counts = new Lru<number, UserCounts>(COUNTS_MAX, { weigh: (rooms) => rooms.size + 1 })
  /** One answer at a time moves on the counts of a user, or an event would be counted twice. */
  readonly #busy = new Map<number, Promise<unknown>>()
  #unsaved = new Map<number, Set<number>>()
  #cancelSave: (() => void) | undefined

  constructor(parts: NotificationCountsParts) {
    this.#parts = parts
    this.#rows = new CountRows(parts.db)
  }

  /** The counts of a user in each of the rooms, by room, with all events up to a position in them. */
  async of(counted: Counted, rooms: readonly CountedRoom[], upTo: number): Promise<ReadonlyMap<number, UnreadByThread>> {
    while (this.#busy.has(counted.user)) await this.#busy.get(counted.user)
    const work = this.#advanceAll(counted, rooms, upTo)
    const done = work.then(() => undefined, () => undefined)
    this.#busy.set(counted.user, done)
    try {
      return await work
    } finally {
      if (this.#busy.get(counted.user) === done) this.#busy.delete(counted.user)
    }
  }

  /** Saves what has been counted since the last time, so that it is not counted again after a restart. */
  async flush(): Promise<void> {
    const unsaved = [...this.#unsaved].flatMap(([user, rooms]) => [...rooms].map((room) => ({ user, room })))
    this.#unsaved = new Map()
    for (let at = 0; at < unsaved.length; at += SAVED_TOGETHER) {
      await saveCounts(this.#parts.db, unsaved.slice(at, at + SAVED_TOGETHER).flatMap(({ user, room }) => {
        const counts = this.#counts.peek(user)?.get(room)
        if (counts === undefined) return []
        return counts.list().map(({ threadId, from, unread }) => ({
          user, room, threadId, from, to: counts.countedTo, notifications: unread.notifications, highlights: unread.highlights,
        }))
      }))
    }
  }

  async close(): Promise<void> {
    this.#cancelSave?.()
    await this.flush()
  }

  async #advanceAll(counted: Counted, rooms: readonly CountedRoom[], upTo: number): Promise<ReadonlyMap<number, UnreadByThread>> {
    const known = this.#counts.get(counted.user) ?? new Map<number, RoomCounts>()
    await this.#findBeginnings(counted, rooms, known)
    this.#counts.set(counted.user, known)
    const recounts = await this.#takeReceipts(counted, rooms, known, upTo)
    const behind = rooms.filter(({ room }) => recounts.has(room.nid) || this.#isBehind(known.get(room.nid), room, upTo))
    if (behind.length > 0) await this.#count(counted, behind, known, recounts, upTo)
    return known
  }

  #isBehind(counts: RoomCounts | undefined, room: Room, upTo: number): boolean {
    return counts !== undefined && counts.countedTo < upTo && room.lastPos() > counts.countedTo
  }

  /** Since when the events of a room are counted: what was saved, or the beginning of being joined. */
  async #findBeginnings({ user }: Counted, rooms: readonly CountedRoom[], known: UserCounts): Promise<void> {
    const unknown = rooms.filter(({ room }) => !known.has(room.nid))
    await Promise.all(unknown.map(async ({ room }) => {
      const rows = await this.#rows.saved({ user, room: room.nid })
      if (rows[0] === undefined) return
      const counts = new RoomCounts(rows[0].to, 0)
      for (const row of rows) counts.restore(row.threadId, row.from, row)
      known.set(room.nid, counts)
    }))
    // Who was away counts from the return on: what was said meanwhile was not for him.
    const doubtful = rooms.filter(({ room, memberPos }) => memberPos > (known.get(room.nid)?.countedTo ?? -1))
    await Promise.all(doubtful.map(async ({ room }) => {
      const joinedAt = await this.#rows.joinedAt({ user, room: room.nid })
      const counts = known.get(room.nid)
      if (counts === undefined || counts.countedTo < joinedAt) known.set(room.nid, new RoomCounts(joinedAt))
    }))
  }

  /** Takes in new receipts of the user. Asks the database only where one of them is new. */
  async #takeReceipts(counted: Counted, rooms: readonly CountedRoom[], known: UserCounts, upTo: number): Promise<Map<number, Recount>> {
    const recounts = new Map<number, Recount>()
    await Promise.all(rooms.map(async ({ room: { nid: room } }) => {
      const counts = known.get(room)
      if (counts === undefined || counts.receiptsTo >= upTo) return
      const mayHaveRead = this.#mayHaveRead(counted, room, counts.receiptsTo, upTo)
      const places = mayHaveRead ? await this.#rows.readPlaces({ user: counted.user, room }) : []
      counts.receiptsTo = upTo
      if (!mayHaveRead) return
      const recount = counts.read(readPlacesOf(places))
      this.#note(counted.user, room)
      if (recount !== undefined) recounts.set(room, recount)
    }))
    return recounts
  }

  /** Whether there are new receipts of the user; true also where memory does not reach back. */
  #mayHaveRead({ user, userId }: Counted, room: number, after: number, upTo: number): boolean {
    const news = this.#parts.receipts.peekSince(room, after, upTo, user)
    return news === undefined || news.some((content) => hasReceiptOf(content, userId))
  }

  async #count(
    { user, userId }: Counted, rooms: readonly CountedRoom[], known: UserCounts, recounts: ReadonlyMap<number, Recount>, upTo: number,
  ): Promise<void> {
    const { pushRules, ignoredUsers } = this.#parts
    const rules = pushRules.rulesOf(user)
    const ignored = ignoredUsers.ignoredBy(user)
    const judge: Judge = {
      user, userId,
      rules: rules instanceof Promise ? await rules : rules,
      ignored: ignored instanceof Promise ? await ignored : ignored,
    }
    for (const { room } of rooms) {
      const counts = known.get(room.nid)
      if (counts === undefined) continue
      const counting: Counting = { judge, room, counts, recount: recounts.get(room.nid) }
      const after = counting.recount?.after ?? counts.countedTo
      const recent = room.recent.between(after, upTo)
      if (recent !== undefined) await this.#countEvents(counting, recent, { countedTo: counts.countedTo, upTo })
      else await this.#countStored(counting, await this.#rows.events({ room: room.nid, after, upTo }), upTo)
    }
  }

  async #countStored(counting: Counting, nids: readonly number[], upTo: number): Promise<void> {
    const { counts } = counting
    const { countedTo } = counts
    for (let at = 0; at < nids.length; at += LOADED_TOGETHER) {
      const events = await this.#parts.events.list(nids.slice(at, at + LOADED_TOGETHER))
      await this.#countEvents(counting, events, { countedTo, upTo: events.at(-1)?.pos ?? counts.countedTo })
      await yieldToLoop()
    }
    counts.countedTo = Math.max(counts.countedTo, upTo)
  }

  /** Events up to `countedTo`, where the counts had come, count in the threads only that are counted anew. */
  async #countEvents(
    { judge, room, counts, recount }: Counting, events: readonly RoomEvent[], { countedTo, upTo }: { countedTo: number, upTo: number },
  ): Promise<void> {
    const recipient = await this.#recipientOf(judge, room)
    for (const event of events) {
      const pos = event.pos ?? 0
      const threadId = event.threadRoot ?? MAIN_THREAD
      if (pos <= countedTo && recount?.threads.has(threadId) !== true) continue
      if (event.senderNid === judge.user) {
        // Sending marks as read what came before (Client-Server API, Marking notifications as read).
        if (event.stateKey === undefined) counts.readThread(threadId, pos)
        continue
      }
      if (!counts.isUnread(threadId, pos) || judge.ignored.has(event.sender)) continue
      const outcome = evaluatePushRules(judge.rules.compiled, this.#pushEvents.of(room, event), recipient)
      if (outcome?.notify === true) counts.add(threadId, pos, outcome.highlight)
    }
    if (events.length > 0) this.#note(judge.user, room.nid)
    counts.countedTo = Math.max(counts.countedTo, upTo)
  }

  /** The name in the room matters to rules of the user's own only: none of the default ones asks for it. */
  async #recipientOf({ userId, rules }: Judge, room: Room): Promise<PushRecipient> {
    if (rules.pos === 0) return { userId, displayName: undefined }
    const member = room.member(userId)
    const event = member === undefined ? undefined : await this.#parts.events.find(member.nid)
    return { userId, displayName: event === undefined ? undefined : contentString(event, 'displayname') }
  }

  #note(user: number, room: number): void {
    const rooms = this.#unsaved.get(user)
    if (rooms === undefined) this.#unsaved.set(user, new Set([room]))
    else rooms.add(room)
    this.#cancelSave ??= this.#parts.clock.setTimer(SAVE_EVERY_MS, () => void this.#save())
  }

  async #save(): Promise<void> {
    this.#cancelSave = undefined
    try {
      await this.flush()
    } catch (error) {
      // Counts can always be counted again.
      this.#parts.log.info({ error: String(error) }, 'Could not save the counts of unread events')
    }
  }
}

function readPlacesOf(rows: readonly { readonly threadId: string, readonly eventPos: number }[]): ReadPlaces {
  const threads = new Map<string, number>()
  let everywhere = 0
  for (const { threadId, eventPos } of rows) {
    if (threadId === '') everywhere = eventPos
    else threads.set(threadId, eventPos)
  }
  return { everywhere, threads }
}
