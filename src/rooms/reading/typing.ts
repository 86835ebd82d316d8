import { forbidden } from '../../matrix/errors.ts'
import type { EphemeralOrder } from '../../streams/ephemeral-order.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Clock } from '../../util/clock.ts'
import type { Room } from '../room.ts'
import type { Rooms } from '../rooms.ts'

/** For how long somebody may be said to type without saying so again. */
const TIMEOUT_MAX_MS = 120_000
const TIMEOUT_DEFAULT_MS = 30_000

interface TypingRoom {
  /** Who types, with what ends it. */
  readonly users: Map<string, () => void>
  /** The number of the last change in the order of what is not kept. */
  changedAt: number
}

export interface TypingParts {
  readonly clock: Clock
  readonly order: EphemeralOrder
  readonly stream: Stream
  readonly rooms: Rooms
}

/** Who is typing where, in memory only (Client-Server API, Typing Notifications). */
export class Typing {
  readonly #clock: Clock
  readonly #order: EphemeralOrder
  readonly #known: Rooms
  readonly #rooms = new Map<number, TypingRoom>()
  readonly #listeners: ((room: number) => void)[] = []

  constructor({ clock, order, stream, rooms }: TypingParts) {
    this.#clock = clock
    this.#order = order
    this.#known = rooms
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'membership') this.#stopLeavers(change.room)
    })
  }

  /** Takes what a member of a room says about his own typing. Throws M_FORBIDDEN where he is not in the room. */
  say(room: Room, userId: string, { typing, timeoutMs = TIMEOUT_DEFAULT_MS }: { typing: boolean, timeoutMs?: number | undefined }): void {
    if (room.membershipOf(userId) !== 'join') throw forbidden('You are not in this room.')
    if (typing && timeoutMs > 0) this.start(room.nid, userId, timeoutMs)
    else this.stop(room.nid, userId)
  }

  /** Somebody types, or goes on typing. */
  start(room: number, userId: string, timeoutMs: number): void {
    const { users } = this.#get(room)
    const cancel = users.get(userId)
    cancel?.()
    users.set(userId, this.#clock.setTimer(Math.min(timeoutMs, TIMEOUT_MAX_MS), () => this.stop(room, userId)))
    if (cancel === undefined) this.#changed(room)
  }

  stop(room: number, userId: string): void {
    const users = this.#rooms.get(room)?.users
    const cancel = users?.get(userId)
    if (users === undefined || cancel === undefined) return
    cancel()
    users.delete(userId)
    this.#changed(room)
  }

  /** The users who type in a room at present. */
  typingIn(room: number): readonly string[] {
    return [...this.#rooms.get(room)?.users.keys() ?? []]
  }

  /** The number of the last change in a room (streams/ephemeral-order.ts); 0 where there never was one. */
  changedAt(room: number): number {
    return this.#rooms.get(room)?.changedAt ?? 0
  }

  /** Calls the listener after each change with the number of the room. */
  listen(listener: (room: number) => void): void {
    this.#listeners.push(listener)
  }

  /** Who leaves types no more. */
  #stopLeavers(nid: number): void {
    const typing = this.typingIn(nid)
    if (typing.length === 0) return
    const room = this.#known.peekByNid(nid)
    for (const userId of typing) if (room?.membershipOf(userId) !== 'join') this.stop(nid, userId)
  }

  #get(room: number): TypingRoom {
    const known = this.#rooms.get(room)
    if (known !== undefined) return known
    const made: TypingRoom = { users: new Map(), changedAt: 0 }
    this.#rooms.set(room, made)
    return made
  }

  #changed(room: number): void {
    this.#get(room).changedAt = this.#order.advance()
    for (const listener of this.#listeners) listener(room)
  }
}
