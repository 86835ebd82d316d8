/** What a membership tells of its user. */
export interface MemberProfile {
  readonly displayname?: string | undefined
  readonly avatar_url?: string | undefined
}

/** Port: the profiles of users, kept by `users/`. */
export interface ProfileSource {
  /** The profiles of those of the users that have one here. */
  findProfiles(userIds: readonly string[]): Promise<ReadonlyMap<string, MemberProfile>>
}

/** The fields for the content of a membership. */
export function profileFields(profile: MemberProfile | undefined): { displayname?: string, avatar_url?: string } {
  return {
    ...(profile?.displayname === undefined ? {} : { displayname: profile.displayname }),
    ...(profile?.avatar_url === undefined ? {} : { avatar_url: profile.avatar_url }),
  }
}
