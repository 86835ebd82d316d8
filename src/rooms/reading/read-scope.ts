import type { Db } from '../../store/database.ts'
import { isStateEvent, type RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { StateReader } from '../state/state-reader.ts'
import type { Reader } from './client-events.ts'
import { findIgnored, type IgnoredBy } from './ignored-users.ts'
import type { RoomView, Visibility } from './visibility.ts'

/** What of a room's history one reader gets to see. */
export interface ReadScope {
  readonly room: Room
  readonly reader: Reader
  readonly view: RoomView
  /** The position of the leave, for who has left. */
  readonly until: number | undefined
  /** The numbers of the users whom the reader ignores. */
  readonly ignored: readonly number[]
  ignores(userId: string): boolean
  /** Whether the reader may see the event and wants to. */
  shows(event: RoomEvent): boolean
}

export interface ReadScopeParts {
  readonly db: Db
  readonly visibility: Visibility
  readonly stateReader: StateReader
  readonly ignoredUsers: IgnoredBy
}

/** Finds out what readers may see. */
export class ReadScopes {
  readonly #parts: ReadScopeParts

  constructor(parts: ReadScopeParts) {
    this.#parts = parts
  }

  /**
   * For who reads a room's history: members, who was one and has not forgotten the room, everybody where all the world may
   * read. Throws M_FORBIDDEN. (Client-Server API, Getting events for a room; Leaving rooms.)
   */
  async open(room: Room, reader: Reader): Promise<ReadScope> {
    const access = await this.#parts.stateReader.accessOf(room, reader)
    return this.#open(room, reader, access.until === 'now' ? undefined : access.pos)
  }

  /** The same for one event, which is judged by itself, whatever the reader's part in the room is. */
  async openForEvent(room: Room, reader: Reader): Promise<ReadScope> {
    const isMember = room.membershipOf(reader.userId) === 'join'
    return this.#open(room, reader, isMember ? undefined : await this.#parts.stateReader.findEndOfStay(room, reader.userId))
  }

  async #open(room: Room, reader: Reader, until: number | undefined): Promise<ReadScope> {
    const seeing = this.#parts.visibility.viewOf(room.nid, reader.userId)
    const [view, ignored] = await Promise.all([seeing, findIgnored(this.#parts, reader.user)])
    return {
      room, reader, view, until,
      ignored: ignored.users,
      ignores: (userId) => ignored.userIds.has(userId),
      // State is shown whoever set it: without it the room would look different from what it is (Ignoring users).
      shows: (event) => view.maySee(event) && (isStateEvent(event) || !ignored.userIds.has(event.sender)),
    }
  }
}
