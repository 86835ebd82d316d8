import { invalidParam } from '../../matrix/errors.ts'
import { isJsonObject, ownValue, parseJson, STORED } from '../../matrix/json.ts'
import type { Db } from '../../store/database.ts'
import { findAccountData } from '../../store/users/account-data.ts'
import type { Committer } from '../../streams/committer.ts'
import type { EventCache } from '../event-cache.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import { checkThreadId, type ReceiptReader, type Receipts, type ReceiptType } from './receipts.ts'

export interface ReadMarkersParts {
  readonly db: Db
  readonly committer: Committer
  readonly events: EventCache
  readonly receipts: Receipts
}

/** What a client says to have been read at once. */
export interface MarkerUpdate {
  readonly fullyRead?: string | undefined
  readonly read?: string | undefined
  readonly privatelyRead?: string | undefined
}

const FULLY_READ = 'm.fully_read'

/** The marker up to which somebody has read everything, and receipts that come along (Client-Server API, Read and unread markers). */
export class ReadMarkers {
  readonly #parts: ReadMarkersParts

  constructor(parts: ReadMarkersParts) {
    this.#parts = parts
  }

  /** Throws M_FORBIDDEN for who is not in the room, M_NOT_FOUND for an event that the user cannot see. */
  async set(room: Room, reader: ReceiptReader, { fullyRead, read, privatelyRead }: MarkerUpdate): Promise<void> {
    const { receipts } = this.#parts
    if (fullyRead !== undefined) await this.#setFullyRead(room, reader, fullyRead)
    if (read !== undefined) await receipts.read(room, reader, { type: 'm.read', eventId: read })
    if (privatelyRead !== undefined) await receipts.read(room, reader, { type: 'm.read.private', eventId: privatelyRead })
  }

  /** A receipt, or the marker, which knows no threads. Throws as `set` does, and M_INVALID_PARAM for a thread that does not fit. */
  async receive(
    room: Room,
    reader: ReceiptReader,
    { type, eventId, threadId }: { type: ReceiptType | typeof FULLY_READ, eventId: string, threadId?: string | undefined },
  ): Promise<void> {
    if (threadId !== undefined) checkThreadId(threadId)
    if (type !== FULLY_READ) return this.#parts.receipts.read(room, reader, { type, eventId, threadId })
    if (threadId !== undefined) throw invalidParam('m.fully_read is of no thread.')
    return this.#setFullyRead(room, reader, eventId)
  }

  async #setFullyRead(room: Room, reader: ReceiptReader, eventId: string): Promise<void> {
    const event = await this.#parts.receipts.getReadable(room, reader, eventId)
    const before = await this.#findMarked(room, reader.user)
    if (before !== undefined && !isAfter(event, before)) return
    const content = JSON.stringify({ event_id: eventId })
    await this.#parts.committer.submit({
      positions: 1,
      rows: (pos) => ({ account_data: [[reader.user, room.nid, FULLY_READ, content, pos]] }),
      committed: (pos) => [{ kind: 'account-data', user: reader.user, pos }],
    })
  }

  async #findMarked(room: Room, user: number): Promise<RoomEvent | undefined> {
    const stored = await findAccountData(this.#parts.db, user, room.nid, FULLY_READ)
    const parsed = stored === undefined ? undefined : parseJson(stored, STORED)
    const eventId = parsed?.ok === true && isJsonObject(parsed.value) ? ownValue(parsed.value, 'event_id') : undefined
    return typeof eventId === 'string' ? this.#parts.events.findById(eventId) : undefined
  }
}

function isAfter({ place: a }: RoomEvent, { place: b }: RoomEvent): boolean {
  return a.pos > b.pos || (a.pos === b.pos && a.offset > b.offset)
}
