import type { JsonValue } from '../matrix/json.ts'
import type { Profiles, ShownProfile } from '../users/profiles.ts'
import type { Owner, OwnMemberships } from './own-memberships.ts'

/** Changes profiles and tells the rooms that the user is in (Client-Server API, Profiles: Events on Change of Profile Information). */
export class ProfileSpread {
  readonly #profiles: Profiles
  readonly #memberships: OwnMemberships

  constructor({ profiles, memberships }: { profiles: Profiles, memberships: OwnMemberships }) {
    this.#profiles = profiles
    this.#memberships = memberships
  }

  /** Errors: those of `Profiles.setField`. */
  async setField(owner: Owner, key: string, value: JsonValue): Promise<void> {
    await this.#spread(owner, await this.#profiles.setField(owner.user, key, value))
  }

  /** Errors: those of `Profiles.deleteField`. */
  async deleteField(owner: Owner, key: string): Promise<void> {
    await this.#spread(owner, await this.#profiles.deleteField(owner.user, key))
  }

  async #spread(owner: Owner, changed: ShownProfile | undefined): Promise<void> {
    if (changed !== undefined) await this.#memberships.showProfile(owner, changed)
  }
}
