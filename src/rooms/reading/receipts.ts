import { forbidden, invalidParam, notFound } from '../../matrix/errors.ts'
import type { Members } from '../../members/members.ts'
import type { Db } from '../../store/database.ts'
import { listReceiptsOfUser, listReceiptsSince, type ReceiptRow } from '../../store/rooms/receipts.ts'
import type { Committer } from '../../streams/committer.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Clock } from '../../util/clock.ts'
import { Lru } from '../../util/lru.ts'
import type { EventCache } from '../event-cache.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import { RecentReceipts, type Receipt } from './recent-receipts.ts'
import type { Visibility } from './visibility.ts'

export type ReceiptType = 'm.read' | 'm.read.private'

/** Who reads. */
export interface ReceiptReader { readonly user: number, readonly userId: string }

/** The content of an `m.receipt` event: event id → type → user id → what is told (Client-Server API, m.receipt). */
export type ReceiptContent = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, ReceiptData>>>>>>

export interface ReceiptData { readonly ts: number, readonly thread_id?: string }

/** How far somebody has read. */
interface Reading {
  readonly type: ReceiptType
  readonly event: RoomEvent
  readonly threadId: string | undefined
  readonly ts: number
}

export interface ReceiptsParts {
  readonly db: Db
  readonly stream: Stream
  readonly committer: Committer
  readonly clock: Clock
  readonly events: EventCache
  readonly members: Members
  readonly visibility: Visibility
}

const PLACES_MAX = 100_000
const MAIN_THREAD = 'main'
const THREAD_ID_LENGTH_MAX = 255

/** How far people have read (Client-Server API, Receipts). */
export class Receipts {
  readonly #parts: ReceiptsParts
  readonly #recent: RecentReceipts
  /** By user and room: how far the user has read, by type and thread. What is on its way to the database counts. */
  readonly #places = new Lru<string, Map<string, number>>(PLACES_MAX, { weigh: (places) => places.size + 1 })

  constructor(parts: ReceiptsParts) {
    this.#parts = parts
    this.#recent = new RecentReceipts(parts.stream.head())
  }

  /**
   * Notes that a member has read up to an event; a receipt never moves back.
   * Throws M_FORBIDDEN for who is not in the room, M_NOT_FOUND for an event that the user cannot see, M_INVALID_PARAM for
   * a thread that the event is not of.
   */
  async read(
    room: Room, reader: ReceiptReader, { type, eventId, threadId }: { type: ReceiptType, eventId: string, threadId?: string | undefined },
  ): Promise<void> {
    const event = await this.getReadable(room, reader, eventId)
    if (threadId !== undefined && !isInThread(event, threadId)) throw invalidParam('The event is not in that thread.')
    await this.#advance(room, reader, { type, event, threadId, ts: this.#parts.clock.now() })
  }

  /**
   * Notes what another server says that a user of it who is in the room has read in public. What does not fit, as an event
   * that is not known here, is passed over.
   */
  async readElsewhere(
    room: Room, reader: ReceiptReader,
    { eventId, threadId, ts }: { readonly eventId: string, readonly threadId: string | undefined, readonly ts: number | undefined },
  ): Promise<void> {
    const event = await this.#parts.events.findById(eventId)
    const isHere = event?.room === room.nid && event.status === 'accepted'
    if (!isHere || (threadId !== undefined && !isInThread(event, threadId))) return
    await this.#advance(room, reader, { type: 'm.read', event, threadId, ts: ts ?? this.#parts.clock.now() })
  }

  async #advance(room: Room, reader: ReceiptReader, { type, event, threadId, ts }: Reading): Promise<void> {
    const places = await this.#placesOf(reader.user, room.nid)
    const name = `${type} ${threadId ?? ''}`
    const before = places.get(name)
    if (before !== undefined && before >= event.place.pos) return
    places.set(name, event.place.pos)
    try {
      await this.#write(room, reader, { type, event, threadId, ts })
    } catch (error) {
      this.#places.delete(keyOf(reader.user, room.nid))
      throw error
    }
  }

  /** The event that a member says to have read. Throws M_FORBIDDEN, M_NOT_FOUND. */
  async getReadable(room: Room, reader: ReceiptReader, eventId: string): Promise<RoomEvent> {
    if (room.membershipOf(reader.userId) !== 'join') throw forbidden('You are not in this room.')
    const event = await this.#parts.events.findById(eventId)
    const isHere = event?.room === room.nid && event.status === 'accepted'
    if (!isHere || !await this.#isVisible(event, reader)) throw notFound('There is no such event in this room.')
    return event
  }

  /**
   * What a user is told of the receipts in each of the rooms after one position and up to another: the contents of
   * `m.receipt` events by room, nearly always one. Costs no query where all is in memory, and one for all rooms else.
   */
  async listSince(
    rooms: readonly { readonly room: number, readonly after: number }[], upTo: number, user: number,
  ): Promise<Map<number, readonly ReceiptContent[]>> {
    const found = new Map<number, readonly ReceiptContent[]>()
    const missing: { room: number, after: number }[] = []
    for (const { room, after } of rooms) {
      const recent = this.#recent.between(room, after, upTo)
      if (recent === undefined) missing.push({ room, after })
      else addContents(found, room, recent.filter((receipt) => isFor(receipt, user)))
    }
    const rows = await listReceiptsSince(this.#parts.db, missing, user)
    const read = rows.filter((row) => row.pos <= upTo).map(receiptOf)
    for (const [room, receipts] of Map.groupBy(read, (receipt) => receipt.room)) addContents(found, room, receipts)
    return found
  }

  /** The same for one room if it is in memory; undefined where the database has to be asked. */
  peekSince(room: number, after: number, upTo: number, user: number): readonly ReceiptContent[] | undefined {
    const recent = this.#recent.between(room, after, upTo)
    return recent === undefined ? undefined : contentsOf(recent.filter((receipt) => isFor(receipt, user)))
  }

  /**
   * What was said after a member came is seen by the member, however visible the history is; for the rest it matters
   * what held then.
   */
  async #isVisible(event: RoomEvent, { user, userId }: ReceiptReader): Promise<boolean> {
    const { members, visibility } = this.#parts
    const membership = await members.membershipOf(user, event.room)
    if (membership?.membership === 'join' && event.place.pos > membership.pos) return true
    return (await visibility.filter(event.room, userId, [event])).length > 0
  }

  async #placesOf(user: number, room: number): Promise<Map<string, number>> {
    const key = keyOf(user, room)
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const rows = await listReceiptsOfUser(this.#parts.db, user, room)
    // Somebody else may have loaded them meanwhile, and noted a receipt that these rows do not hold.
    const meanwhile = this.#places.get(key)
    if (meanwhile !== undefined) return meanwhile
    const places = new Map(rows.map((row) => [`${row.type} ${row.thread_id}`, row.event_pos]))
    this.#places.set(key, places)
    return places
  }

  async #write(room: Room, { user, userId }: ReceiptReader, { type, event, threadId = '', ts }: Reading): Promise<void> {
    await this.#parts.committer.submit({
      positions: 1,
      rows: (pos) => ({ receipts: [[room.nid, user, type, threadId, event.eventId, event.place.pos, ts, pos]] }),
      committed: (pos) => {
        this.#recent.push({ room: room.nid, user, userId, type, threadId, eventId: event.eventId, ts, pos })
        return [{ kind: 'receipt', room: room.nid, pos, ...(type === 'm.read.private' ? { onlyUser: user } : {}) }]
      },
    })
  }
}

function receiptOf(row: ReceiptRow): Receipt {
  const { room_nid: room, user_nid: user, user_id: userId, type, thread_id: threadId, event_id: eventId, ts, pos } = row
  return { room, user, userId, type, threadId, eventId, ts, pos }
}

const keyOf = (user: number, room: number): string => `${user} ${room}`

/** A private receipt is told to nobody but its user (Client-Server API, Private read receipts). */
function isFor({ type, user }: Receipt, reader: number): boolean {
  return type !== 'm.read.private' || user === reader
}

/** Throws M_INVALID_PARAM for what cannot name a thread. */
export function checkThreadId(threadId: string): void {
  const isName = threadId !== '' && threadId.length <= THREAD_ID_LENGTH_MAX && !threadId.includes('\0')
  if (!isName) throw invalidParam('thread_id must be main or the id of a thread root.')
}

/**
 * Whether a receipt for the thread may stand at the event: in the main timeline all that is of no thread; in a thread its
 * events, its root, and what relates to the root (Client-Server API, Threaded read receipts).
 */
function isInThread(event: RoomEvent, threadId: string): boolean {
  if (threadId === MAIN_THREAD) return event.threadRoot === undefined
  return event.threadRoot === threadId || event.eventId === threadId || event.relatesTo === threadId
}

function addContents(found: Map<number, readonly ReceiptContent[]>, room: number, receipts: readonly Receipt[]): void {
  if (receipts.length > 0) found.set(room, contentsOf(receipts))
}

type Building = Record<string, Record<string, Record<string, ReceiptData>>>

/** One content holds one receipt of a user, event and type; where threads make it several, the others go into further ones. */
function contentsOf(receipts: readonly Receipt[]): ReceiptContent[] {
  const contents: Building[] = []
  for (const receipt of receipts) {
    let index = 0
    while (contents[index]?.[receipt.eventId]?.[receipt.type]?.[receipt.userId] !== undefined) index += 1
    const content = contents[index] ??= Object.create(null) as Building
    const byType = content[receipt.eventId] ??= Object.create(null) as Building[string]
    const byUser = byType[receipt.type] ??= Object.create(null) as Building[string][string]
    byUser[receipt.userId] = { ts: receipt.ts, ...(receipt.threadId === '' ? {} : { thread_id: receipt.threadId }) }
  }
  return contents
}
