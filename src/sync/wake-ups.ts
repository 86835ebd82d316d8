import type { Members } from '../members/members.ts'
import type { Change } from '../streams/changes.ts'
import type { Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { ConnectedUsers } from './connected-users.ts'
import type { Waiting } from './waiting.ts'

export interface WakeUpsParts {
  readonly stream: Stream
  readonly members: Pick<Members, 'roomsOf' | 'peekRoomsOf' | 'listElsewhere'>
  readonly typing: { listen(listener: (room: number) => void): void }
  readonly presence: { listen(listener: (user: number) => void): void }
  readonly clock: Clock
  readonly log: Log
}

/** Of what people do besides talking, so much is gathered before they who wait are told. */
const GATHER_MS = 100
/** Where very many come and go at once, as after a restart, each of them would be told of all others one by one. */
const CROWD = 50
const GATHER_CROWD_MS = 3_000

/** Finds out from what happened who is to be woken. Messages never wait; receipts, typing and presence gather for a moment. */
export class WakeUps {
  readonly #parts: WakeUpsParts
  readonly #connected: ConnectedUsers
  readonly #wake: (waiting: Waiting) => void
  readonly #rooms = new Set<number>()
  /** Users whose rooms are to be told. */
  readonly #users = new Set<number>()
  #cancelRooms: (() => void) | undefined
  #cancelUsers: (() => void) | undefined
  #isCrowded = false

  constructor(parts: WakeUpsParts, connected: ConnectedUsers, wake: (waiting: Waiting) => void) {
    this.#parts = parts
    this.#connected = connected
    this.#wake = wake
    parts.stream.listen((changes) => {
      for (const change of changes) this.#note(change)
    })
    parts.typing.listen((room) => this.#gatherRoom(room))
    parts.presence.listen((user) => this.#gatherUser(user))
  }

  /** Wakes at once those for whom news are being gathered. */
  async flush(): Promise<void> {
    this.#cancelRooms?.()
    this.#cancelUsers?.()
    this.#tellRooms()
    await this.#tellOfUsers()
  }

  #note(change: Change): void {
    switch (change.kind) {
      case 'event': return this.#wakeRoom(change.room)
      case 'membership': return this.#move(change.user, change.room)
      case 'receipt': return change.onlyUser === undefined ? this.#gatherRoom(change.room) : this.#wakeUser(change.onlyUser)
      case 'account-data': return this.#wakeUser(change.user)
      case 'push-rules': return this.#wakeUser(change.user)
      case 'to-device': return this.#wakeDevice(change.user, change.deviceId)
      case 'key-counts': return this.#wakeDevice(change.user, change.deviceId)
      case 'device-list':
        // A signature of somebody else's key concerns who made it alone.
        return change.onlyUser === undefined ? this.#gatherUser(change.user) : this.#wakeUser(change.onlyUser)
      // The event wakes the room.
      case 'remote-membership':
      case 'unsent-edu': return undefined
    }
  }

  /** The user's own clients learn of it, and hear what happens in the room from now on, or no more. */
  #move(user: number, room: number): void {
    this.#wakeUser(user)
    const membership = this.#parts.members.peekRoomsOf(user)?.get(room)?.membership
    this.#connected.move(user, room, membership === 'join')
    // Who shares a room with whom has changed with it: the others need to know whose keys to ask for.
    this.#gatherRoom(room)
  }

  #wakeRoom(room: number): void {
    for (const waiting of this.#connected.waitingIn(room)) this.#wake(waiting)
  }

  #wakeUser(user: number): void {
    for (const waiting of this.#connected.waitingOf(user)) this.#wake(waiting)
  }

  #wakeDevice(user: number, deviceId: string): void {
    for (const waiting of this.#connected.waitingOf(user)) if (waiting.request.reader.deviceId === deviceId) this.#wake(waiting)
  }

  #gatherRoom(room: number): void {
    this.#rooms.add(room)
    this.#cancelRooms ??= this.#parts.clock.setTimer(GATHER_MS, () => this.#tellRooms())
  }

  #gatherUser(user: number): void {
    this.#users.add(user)
    this.#cancelUsers ??= this.#parts.clock.setTimer(this.#isCrowded ? GATHER_CROWD_MS : GATHER_MS, () => void this.#tellOfUsers())
  }

  #tellRooms(): void {
    this.#cancelRooms = undefined
    for (const room of this.#rooms) this.#wakeRoom(room)
    this.#rooms.clear()
  }

  /** Wakes who shares a room with users of whom there are news. */
  async #tellOfUsers(): Promise<void> {
    this.#cancelUsers = undefined
    const users = [...this.#users]
    this.#users.clear()
    this.#isCrowded = users.length > CROWD
    for (const user of users) this.#wakeUser(user)
    try {
      for (const room of await this.#listRoomsOf(users)) this.#wakeRoom(room)
    } catch (error) {
      // They are told with whatever happens next.
      this.#parts.log.info({ error: String(error) }, 'Could not find out who is to be told of a user')
    }
  }

  async #listRoomsOf(users: readonly number[]): Promise<Set<number>> {
    const { members } = this.#parts
    const rooms = new Set<number>()
    const elsewhere: number[] = []
    for (const user of users) {
      const memberships = await members.roomsOf(user)
      if (memberships.size === 0) elsewhere.push(user)
      for (const { room, membership } of memberships.values()) if (membership === 'join') rooms.add(room)
    }
    const theirs = elsewhere.length === 0 ? [] : [...(await members.listElsewhere(elsewhere)).values()].flat()
    return rooms.union(new Set(theirs))
  }
}
