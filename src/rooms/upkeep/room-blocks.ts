import { forbidden } from '../../matrix/errors.ts'
import type { Db } from '../../store/database.ts'
import { deleteBlockedRoom, findBlocker, insertBlockedRoom, listBlockedRooms } from '../../store/rooms/blocked-rooms.ts'
import type { Clock } from '../../util/clock.ts'

/** Rooms that nobody of this server may enter, because an administrator said so. */
export class RoomBlocks {
  readonly #db: Db
  readonly #clock: Clock
  readonly #roomIds = new Set<string>()
  /** Rooms that are being deleted. */
  readonly #held = new Set<string>()

  constructor({ db, clock }: { readonly db: Db, readonly clock: Clock }) {
    this.#db = db
    this.#clock = clock
  }

  /** Reads which rooms are blocked, before anybody can ask. */
  async load(): Promise<void> {
    for (const roomId of await listBlockedRooms(this.#db)) this.#roomIds.add(roomId)
  }

  isBlocked(roomId: string): boolean {
    return this.#roomIds.has(roomId)
  }

  /** For who joins, knocks or invites. Throws M_FORBIDDEN. */
  check(roomId: string): void {
    if (this.#roomIds.has(roomId)) throw forbidden('This room is blocked on this server.')
    if (this.#held.has(roomId)) throw forbidden('This room is being deleted.')
  }

  /** Keeps everybody out for as long as the room is being deleted. */
  hold(roomId: string): void {
    this.#held.add(roomId)
  }

  release(roomId: string): void {
    this.#held.delete(roomId)
  }

  async block(roomId: string, user: number): Promise<void> {
    await insertBlockedRoom(this.#db, { room_id: roomId, user_nid: user, created_at: this.#clock.now() })
    this.#roomIds.add(roomId)
  }

  async unblock(roomId: string): Promise<void> {
    await deleteBlockedRoom(this.#db, roomId)
    this.#roomIds.delete(roomId)
  }

  /** Who blocked the room. */
  findBlocker(roomId: string): Promise<string | undefined> {
    return findBlocker(this.#db, roomId)
  }
}
