import type { JsonObject } from '../matrix/json.ts'
import type { Receipts } from '../rooms/reading/receipts.ts'
import type { Typing } from '../rooms/reading/typing.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import { listRoomsJoined } from '../store/rooms/shared-rooms.ts'
import type { Change } from '../streams/changes.ts'
import type { ApplicationService } from '../users/application-services.ts'
import type { Presence } from '../users/presence.ts'
import type { Interests } from './interests.ts'

export interface GatherEphemeralParts {
  readonly db: Db
  readonly names: Names
  readonly rooms: Rooms
  readonly receipts: Receipts
  readonly typing: Typing
  readonly presence: Presence
}

/** Private receipts are their users' alone, and this is nobody. */
const NOBODY = 0
/** Of what passes only so much waits for an application service that does not answer, the newest. */
const NOTED_MAX = 1000

/** What may be to tell. */
interface Noted {
  readonly typed: Set<number>
  /** By rooms, after which position there are receipts, and the last of them. */
  readonly read: Map<number, { readonly after: number, readonly last: number }>
  readonly seen: Set<number>
}

/** What passes in rooms of an application service that wants to know: who types, who has read what, who is there (MSC2409). */
export class GatherEphemeral {
  readonly #parts: GatherEphemeralParts
  readonly #isWanted: boolean
  readonly #interests: Interests
  #noted: Noted = noteNothing()
  /** What was gathered last and is not known to be kept for the application service. */
  #telling: Noted | undefined
  #isEmpty = true

  constructor(parts: GatherEphemeralParts, service: ApplicationService, interests: Interests) {
    this.#parts = parts
    this.#isWanted = service.registration.receiveEphemeral
    this.#interests = interests
  }

  /** Calls `wake` when there may be something to tell. */
  start(wake: () => void): void {
    if (!this.#isWanted) return
    this.#parts.typing.listen((room) => {
      this.#noted.typed.add(room)
      dropOldest(this.#noted.typed)
      if (this.#interests.isIn(room)) this.#tell(wake)
    })
    this.#parts.presence.listen((user) => {
      this.#noted.seen.add(user)
      dropOldest(this.#noted.seen)
      this.#tell(wake)
    })
  }

  /**
   * Notes what a change may bring; returns whether it may bring anything. That a user has just come into a room may not be known
   * yet, so rooms are looked at only when all is gathered.
   */
  note(change: Change): boolean {
    if (!this.#isWanted || change.kind !== 'receipt' || change.onlyUser !== undefined) return false
    noteReceipts(this.#noted, change.room, { after: change.pos - 1, last: change.pos })
    return this.#interests.isIn(change.room)
  }

  /** Whether there is nothing to tell of what has no position. */
  get isEmpty(): boolean {
    return this.#isEmpty && this.#telling === undefined
  }

  /** What there is to tell up to a position. It comes again with the next unless it is confirmed. */
  async gather(upTo: number): Promise<JsonObject[]> {
    const telling = this.#telling = merge(this.#telling, this.#noted)
    this.#noted = noteNothing()
    this.#isEmpty = true
    for (const [room, { after, last }] of telling.read) {
      if (last > upTo) noteReceipts(this.#noted, room, { after: Math.max(after, upTo), last })
    }
    const typed = [...telling.typed].filter((room) => this.#interests.isIn(room))
    const read = [...telling.read].flatMap(([room, { after }]) => (this.#interests.isIn(room) ? [{ room, after }] : []))
    return [...await this.#tellTyping(typed), ...await this.#tellReceipts(read, upTo), ...await this.#tellPresence([...telling.seen])]
  }

  /** What was gathered is kept for the application service now. */
  confirm(): void {
    this.#telling = undefined
  }

  #tell(wake: () => void): void {
    this.#isEmpty = false
    wake()
  }

  async #tellTyping(nids: readonly number[]): Promise<JsonObject[]> {
    const rooms = await Promise.all(nids.map((nid) => this.#parts.rooms.findByNid(nid)))
    return rooms.flatMap((room) => (room === undefined ? [] : [{
      type: 'm.typing', room_id: room.roomId, content: { user_ids: [...this.#parts.typing.typingIn(room.nid)] },
    }]))
  }

  async #tellReceipts(read: readonly { readonly room: number, readonly after: number }[], upTo: number): Promise<JsonObject[]> {
    const told = await this.#parts.receipts.listSince(read, upTo, NOBODY)
    const rooms = await Promise.all([...told.keys()].map((nid) => this.#parts.rooms.findByNid(nid)))
    return rooms.flatMap((room) => (room === undefined ? [] : (told.get(room.nid) ?? []).map((content) => ({
      type: 'm.receipt', room_id: room.roomId, content: content as unknown as JsonObject,
    }))))
  }

  async #tellPresence(users: readonly number[]): Promise<JsonObject[]> {
    const { db, names, presence } = this.#parts
    if (users.length === 0) return []
    const near = new Set((await listRoomsJoined(db, users)).flatMap((row) => (this.#interests.isIn(row.room_nid) ? [row.user_nid] : [])))
    const userIds = await names.userIds([...near])
    const contents = await presence.list([...near])
    return [...contents].map(([user, content]) => ({ type: 'm.presence', sender: userIds.get(user) ?? '', content: { ...content } }))
  }
}

const noteNothing = (): Noted => ({ typed: new Set(), read: new Map(), seen: new Set() })

function noteReceipts({ read }: Noted, room: number, { after, last }: { readonly after: number, readonly last: number }): void {
  const before = read.get(room)
  read.set(room, { after: Math.min(after, before?.after ?? after), last: Math.max(last, before?.last ?? last) })
  dropOldest(read)
}

/** What was noted earlier with what was noted since. */
function merge(earlier: Noted | undefined, noted: Noted): Noted {
  if (earlier === undefined) return noted
  const merged: Noted = {
    typed: new Set([...earlier.typed, ...noted.typed]), read: new Map(earlier.read), seen: new Set([...earlier.seen, ...noted.seen]),
  }
  for (const [room, receipts] of noted.read) noteReceipts(merged, room, receipts)
  return merged
}

function dropOldest(noted: Map<number, unknown> | Set<number>): void {
  if (noted.size <= NOTED_MAX) return
  for (const oldest of noted.keys()) {
    noted.delete(oldest)
    return
  }
}
