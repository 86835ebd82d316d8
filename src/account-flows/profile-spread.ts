import type { JsonValue } from '../matrix/json.ts'
import type { Profiles, ShownProfile } from '../users/profiles.ts'

/** Port: the rooms that a user of this server is joined to. */
export interface MemberRooms {
  /** Sends the user's own membership into every joined room again, with this display name and avatar in it. */
  updateOwnMemberships(userId: string, profile: ShownProfile): Promise<void>
}

interface Owner { readonly user: number, readonly userId: string }

/** Changes profiles, and tells the rooms that the user is in (Client-Server API, Profiles: events on change of profile information). */
export class ProfileSpread {
  readonly #profiles: Profiles
  readonly #rooms: MemberRooms

  constructor({ profiles, rooms }: { profiles: Profiles, rooms: MemberRooms }) {
    this.#profiles = profiles
    this.#rooms = rooms
  }

  /** Errors: those of `Profiles.setField`. */
  async setField(owner: Owner, key: string, value: JsonValue): Promise<void> {
    await this.#spread(owner, await this.#profiles.setField(owner.user, key, value))
  }

  /** Errors: those of `Profiles.deleteField`. */
  async deleteField(owner: Owner, key: string): Promise<void> {
    await this.#spread(owner, await this.#profiles.deleteField(owner.user, key))
  }

  async #spread({ userId }: Owner, changed: ShownProfile | undefined): Promise<void> {
    if (changed !== undefined) await this.#rooms.updateOwnMemberships(userId, changed)
  }
}
