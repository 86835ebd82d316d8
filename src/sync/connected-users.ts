import type { UserRooms } from '../members/members.ts'
import type { Waiting } from './waiting.ts'

/** A user of whom clients wait, or did a moment ago. */
interface Connected {
  readonly user: number
  /** Exchanged for another one when it changes: one that has room to grow is six times as large, and there are very many. */
  waiting: readonly Waiting[]
  /** The numbers of the rooms that the user is in. */
  readonly rooms: number[]
  idleSinceMs: number
}

const NOBODY: readonly Waiting[] = []

/** Who waits, by user and by room, so that what happens in a room finds those to wake without looking at anybody else. */
export class ConnectedUsers {
  readonly #users = new Map<number, Connected>()
  readonly #rooms = new Map<number, Set<Connected>>()
  /** Who follows a room from outside. */
  readonly #watching = new Map<number, Set<Waiting>>()

  /** How many users are kept in mind. */
  get size(): number {
    return this.#users.size
  }

  add(waiting: Waiting, rooms: UserRooms): void {
    if (waiting.watched !== undefined) this.#watch(waiting.watched, waiting)
    const known = this.#users.get(waiting.user)
    if (known !== undefined) {
      known.waiting = known.waiting.concat(waiting)
      return
    }
    const joined = [...rooms.values()].filter(({ membership }) => membership === 'join').map(({ room }) => room)
    const connected: Connected = { user: waiting.user, waiting: [waiting], rooms: joined, idleSinceMs: 0 }
    this.#users.set(waiting.user, connected)
    for (const room of joined) this.#note(room, connected)
  }

  remove(waiting: Waiting, nowMs: number): void {
    if (waiting.watched !== undefined) this.#unwatch(waiting.watched, waiting)
    const connected = this.#users.get(waiting.user)
    const at = connected?.waiting.indexOf(waiting) ?? -1
    if (connected === undefined || at === -1) return
    connected.waiting = connected.waiting.toSpliced(at, 1)
    connected.idleSinceMs = nowMs
  }

  /** A membership changed. */
  move(user: number, room: number, isJoined: boolean): void {
    const connected = this.#users.get(user)
    if (connected === undefined) return
    if (isJoined) this.#enter(connected, room)
    else this.#leave(connected, room)
  }

  has(user: number): boolean {
    return this.#users.has(user)
  }

  /** The numbers of those who wait, or did a moment ago, and are in one of the rooms. */
  usersIn(rooms: Iterable<number>): Set<number> {
    const users = new Set<number>()
    for (const room of rooms) for (const { user } of this.#rooms.get(room) ?? []) users.add(user)
    return users
  }

  waitingOf(user: number): readonly Waiting[] {
    return this.#users.get(user)?.waiting ?? NOBODY
  }

  * waitingIn(room: number): Iterable<Waiting> {
    for (const connected of this.#rooms.get(room) ?? []) yield * connected.waiting
    yield * this.#watching.get(room) ?? NOBODY
  }

  * all(): Iterable<Waiting> {
    for (const connected of this.#users.values()) yield * connected.waiting
  }

  /** Forgets those of whom nobody has waited since then: clients come back at once, or not for long. */
  forgetIdle(sinceMs: number): void {
    for (const connected of this.#users.values()) {
      if (connected.waiting.length > 0 || connected.idleSinceMs > sinceMs) continue
      this.#users.delete(connected.user)
      for (const room of connected.rooms) this.#rooms.get(room)?.delete(connected)
      for (const room of connected.rooms) if (this.#rooms.get(room)?.size === 0) this.#rooms.delete(room)
    }
  }

  #enter(connected: Connected, room: number): void {
    if (this.#rooms.get(room)?.has(connected) === true) return
    connected.rooms.push(room)
    this.#note(room, connected)
  }

  #note(room: number, connected: Connected): void {
    const members = this.#rooms.get(room)
    if (members === undefined) this.#rooms.set(room, new Set([connected]))
    else members.add(connected)
  }

  #leave(connected: Connected, room: number): void {
    const at = connected.rooms.indexOf(room)
    if (at === -1) return
    connected.rooms.splice(at, 1)
    this.#rooms.get(room)?.delete(connected)
  }

  #watch(room: number, waiting: Waiting): void {
    const watching = this.#watching.get(room)
    if (watching === undefined) this.#watching.set(room, new Set([waiting]))
    else watching.add(waiting)
  }

  #unwatch(room: number, waiting: Waiting): void {
    const watching = this.#watching.get(room)
    watching?.delete(waiting)
    if (watching?.size === 0) this.#watching.delete(room)
  }
}
