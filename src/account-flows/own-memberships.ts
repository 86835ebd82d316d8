import { MatrixError } from '../matrix/errors.ts'
import type { Members, UserRoom } from '../members/members.ts'
import type { EventCache } from '../rooms/event-cache.ts'
import type { MembershipChanges } from '../rooms/membership.ts'
import type { RoomEntries } from '../rooms/room-entries.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { ShownProfile } from '../users/profiles.ts'
import type { Log } from '../util/log.ts'

/** Whose memberships. */
export interface Owner { readonly user: number, readonly userId: string }

const ROOMS_AT_ONCE = 50

/** Changes a user's own membership in every room where there is one to change. */
export class OwnMemberships {
  readonly #rooms: Rooms
  readonly #events: EventCache
  readonly #members: Members
  readonly #membership: MembershipChanges
  readonly #roomEntries: RoomEntries
  readonly #log: Log

  constructor(options: {
    rooms: Rooms, events: EventCache, members: Members, membership: MembershipChanges, roomEntries: RoomEntries, log: Log,
  }) {
    this.#rooms = options.rooms
    this.#events = options.events
    this.#members = options.members
    this.#membership = options.membership
    this.#roomEntries = options.roomEntries
    this.#log = options.log
  }

  /** Sends the membership into every joined room again, with this display name and avatar in it. */
  async showProfile(owner: Owner, profile: ShownProfile): Promise<void> {
    await this.#inEach(owner, ['join'], async ({ roomId, eventNid }) => {
      const room = await this.#rooms.find(roomId)
      if (room === undefined) return
      const event = await this.#events.find(eventNid)
      const { displayname: _, avatar_url: __, join_authorised_via_users_server: ___, ...content } = event?.content ?? {}
      await this.#membership.set({ ...owner, isGuest: false }, room, owner.userId, { ...content, ...profile, membership: 'join' })
    })
  }

  /** Leaves every room, refuses every invite and takes back every knock, also in rooms of other servers. */
  async leaveAll(owner: Owner): Promise<void> {
    await this.#inEach(owner, ['join', 'invite', 'knock'], ({ roomId }) => (
      this.#roomEntries.leave({ ...owner, isGuest: false }, roomId, {})
    ))
  }

  /** A room that refuses does not keep the others from changing. */
  async #inEach(
    { user, userId }: Owner, memberships: readonly string[], run: (entry: UserRoom) => Promise<void>,
  ): Promise<void> {
    const entries = [...(await this.#members.roomsOf(user)).values()].filter(({ membership }) => memberships.includes(membership))
    for (let at = 0; at < entries.length; at += ROOMS_AT_ONCE) {
      await Promise.all(entries.slice(at, at + ROOMS_AT_ONCE).map(async (entry) => {
        try {
          await run(entry)
        } catch (error) {
          if (!(error instanceof MatrixError)) throw error
          this.#log.info({ room: entry.roomId, user: userId, errcode: error.errcode }, 'A room refused to change a membership')
        }
      }))
    }
  }
}
