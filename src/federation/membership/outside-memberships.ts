import { MatrixError } from '../../matrix/errors.ts'
import type { Pdu } from '../../matrix/event.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import { findRoomVersion, type RoomVersion } from '../../matrix/room-versions.ts'
import type { Members, Membership, UserRoom } from '../../members/members.ts'
import type { EventNumbers } from '../../rooms/event-numbers.ts'
import { ownStripped } from '../../rooms/stripped-state.ts'
import type { Db } from '../../store/database.ts'
import { findMembership } from '../../store/rooms/memberships.ts'
import { findRoom, insertRoom } from '../../store/rooms/rooms.ts'
import type { Committer } from '../../streams/committer.ts'
import { KeyedTurns } from '../../util/keyed-turns.ts'
import { readShown } from './shown-state.ts'

export interface OutsideMembershipsParts {
  readonly db: Db
  readonly committer: Committer
  readonly members: Members
  readonly numbers: EventNumbers
  now(): number
}

/** A membership of a user of ours in a room that nobody of us is in. */
export interface OutsideMembership {
  /** The number of the user. */
  readonly user: number
  readonly roomId: string
  readonly version: RoomVersion
  readonly membership: Membership
  /** What the user may know of the room. */
  readonly shown: readonly JsonObject[]
}

/**
 * Invites, knocks and their ends in rooms that live on other servers only: the users are told, and there is no state in which
 * they could stand.
 */
export class OutsideMemberships {
  readonly #parts: OutsideMembershipsParts
  readonly #turns = new KeyedTurns()

  constructor(parts: OutsideMembershipsParts) {
    this.#parts = parts
  }

  /** Does one after the other what takes us into a room or keeps us out of it. */
  inTurn<T>(roomId: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(roomId, work)
  }

  /** What the user was shown of a room with the invite or knock. */
  async listShown(user: number, room: number): Promise<readonly JsonObject[]> {
    return readShown((await findMembership(this.#parts.db, user, room))?.stripped_state)
  }

  /** The version of a room of which we know no more. */
  async findVersion(roomId: string): Promise<RoomVersion | undefined> {
    const room = await findRoom(this.#parts.db, roomId)
    return room === undefined ? undefined : findRoomVersion(room.version)
  }

  /** Sets the membership; resolves after COMMIT. Throws M_UNKNOWN for a room that is being deleted here. */
  async set({ user, roomId, version, membership, shown }: OutsideMembership): Promise<void> {
    await this.#write(user, { room: await this.#findNid(roomId, version), roomId, membership }, JSON.stringify(shown))
  }

  /** Ends an invite or a knock by an event, which the user is shown; resolves after COMMIT. */
  async end(user: number, { room, roomId }: UserRoom, end: Pdu): Promise<void> {
    const membership = ownValue(end.content, 'membership') === 'ban' ? 'ban' : 'leave'
    await this.#write(user, { room, roomId, membership }, JSON.stringify([ownStripped(end)]))
  }

  async #write(user: number, entry: Pick<UserRoom, 'room' | 'roomId' | 'membership'>, stripped: string | null): Promise<void> {
    const { committer, members, numbers } = this.#parts
    while (!numbers.has(1)) await numbers.draw()
    // There is no event behind it, and yet it must differ from the memberships before and after it.
    const eventNid = numbers.take()
    await committer.submit({
      positions: 1,
      rows: (pos) => ({ memberships: [[user, entry.room, entry.membership, eventNid, pos, stripped]] }),
      committed: (pos) => {
        members.apply(user, { ...entry, eventNid, pos, forgotten: false })
        return [{ kind: 'membership', user, room: entry.room, pos }]
      },
    })
  }

  async #findNid(roomId: string, version: RoomVersion): Promise<number> {
    const { db, now } = this.#parts
    const nid = await insertRoom(db, { roomId, version: version.id, createdAt: now() }) ?? (await findRoom(db, roomId))?.nid
    if (nid === undefined) throw new MatrixError('M_UNKNOWN', 'This room is being deleted here.')
    return nid
  }
}
