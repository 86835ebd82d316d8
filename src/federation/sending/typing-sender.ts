import type { Typing } from '../../rooms/reading/typing.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { Clock } from '../../util/clock.ts'
import type { Outboxes } from './outboxes.ts'
import type { ReachableServers } from './reachable-servers.ts'

export interface TypingSenderParts {
  readonly typing: Typing
  readonly rooms: Rooms
  readonly clock: Clock
  readonly serverName: string
  readonly reachable: ReachableServers
  readonly outboxes: Outboxes
}

/** Other servers forget after half a minute who types, unless they hear it again. */
const REPEAT_AFTER_MS = 25_000

/** Tells the other servers in a room which users of ours type there (Server-Server API, Typing Notifications). */
export class TypingSender {
  readonly #parts: TypingSenderParts
  /** Who was said to type, by rooms. */
  readonly #told = new Map<number, ReadonlySet<string>>()
  #cancelRepeat: (() => void) | undefined

  constructor(parts: TypingSenderParts) {
    this.#parts = parts
  }

  start(): void {
    this.#parts.typing.listen((room) => this.#tell(room))
  }

  close(): void {
    this.#cancelRepeat?.()
  }

  #tell(room: number): void {
    const own = `:${this.#parts.serverName}`
    const before = this.#told.get(room) ?? new Set()
    const now = new Set(this.#parts.typing.typingIn(room).filter((userId) => userId.endsWith(own)))
    for (const userId of before.difference(now)) this.#say(room, userId, false)
    for (const userId of now.difference(before)) this.#say(room, userId, true)
    if (now.size === 0) this.#told.delete(room)
    else this.#told.set(room, now)
    if (this.#told.size > 0) this.#cancelRepeat ??= this.#parts.clock.setTimer(REPEAT_AFTER_MS, () => this.#repeat())
  }

  #repeat(): void {
    this.#cancelRepeat = undefined
    for (const [room, users] of this.#told) for (const userId of users) this.#say(room, userId, true)
    if (this.#told.size > 0) this.#cancelRepeat = this.#parts.clock.setTimer(REPEAT_AFTER_MS, () => this.#repeat())
  }

  #say(nid: number, userId: string, typing: boolean): void {
    const { rooms, reachable, outboxes } = this.#parts
    const room = rooms.peekByNid(nid)
    if (room === undefined) return
    const edu = { edu_type: 'm.typing', content: { room_id: room.roomId, user_id: userId, typing } }
    outboxes.addPassing(reachable.listIn(room), `typing ${nid} ${userId}`, edu)
  }
}
