import type { Config } from '../config/config.ts'
import type { Members } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import type { Committer } from '../streams/committer.ts'
import type { EphemeralOrder } from '../streams/ephemeral-order.ts'
import type { Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'
import { AccessTokens } from './access-tokens.ts'
import { AccountData } from './account-data.ts'
import { AccountModeration } from './account-moderation.ts'
import { Accounts } from './accounts.ts'
import type { ApplicationServices } from './application-services.ts'
import { Filters } from './filters.ts'
import { IgnoredUsers } from './ignored-users.ts'
import { InvitePermissions } from './invite-permissions.ts'
import { LoginLimits } from './login-limits.ts'
import { Logins } from './logins.ts'
import { Masks } from './masks.ts'
import { OpenIdTokens } from './openid-tokens.ts'
import { Passwords } from './passwords.ts'
import { Presence } from './presence.ts'
import { Profiles } from './profiles.ts'
import { PushRules } from './push-rules.ts'
import { Registration } from './registration.ts'
import type { RemoteProfiles } from './remote-profiles.ts'
import { Reports } from './reports.ts'
import { Sessions } from './sessions.ts'
import { SetupLinks } from './setup-links.ts'
import { SharedSecretRegistration } from './shared-secret.ts'
import { Sightings } from './sightings.ts'
import { Tags } from './tags.ts'
import { UserInteractiveAuth } from './uia.ts'

export interface UsersParts {
  readonly db: Db
  readonly stream: Stream
  readonly committer: Committer
  readonly names: Names
  readonly members: Members
  readonly ephemeral: EphemeralOrder
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly config: Config
  readonly appservices: ApplicationServices
  readonly remoteProfiles: RemoteProfiles
}

/** The people of this server and what is theirs. */
export interface Users {
  readonly accounts: Accounts
  readonly accountModeration: AccountModeration
  readonly accessTokens: AccessTokens
  readonly sessions: Sessions
  readonly logins: Logins
  readonly registration: Registration
  readonly sharedSecretRegistration: SharedSecretRegistration
  readonly setupLinks: SetupLinks
  readonly userInteractiveAuth: UserInteractiveAuth
  readonly openIdTokens: OpenIdTokens
  readonly sightings: Sightings
  readonly profiles: Profiles
  readonly accountData: AccountData
  readonly ignoredUsers: IgnoredUsers
  readonly invitePermissions: InvitePermissions
  readonly tags: Tags
  readonly filters: Filters
  readonly pushRules: PushRules
  readonly presence: Presence
  readonly reports: Reports
}

/** Builds what belongs to one user each: accounts, sessions, devices, and what is kept for them. */
export function buildUsers(parts: UsersParts): Users {
  const { config, random } = parts
  const { serverName } = config
  const passwords = new Passwords({ random, fastInsecure: config.passwordHash.fastInsecure })
  const sightings = new Sightings(parts)
  const tokens = new AccessTokens({ ...parts, sightings, masks: new Masks(parts) })
  const accounts = new Accounts({ ...parts, passwords, tokens, serverName })
  const sessions = new Sessions({ ...parts, tokens, lifetimeMs: config.accessTokens.lifetimeMs })
  const limits = new LoginLimits({ ...parts, rateLimits: config.rateLimits })
  const uia = new UserInteractiveAuth({ ...parts, accounts, limits, policies: config.registration.policies })
  const accountData = new AccountData(parts)
  return {
    accounts, accessTokens: tokens, sessions, userInteractiveAuth: uia, accountData, sightings,
    accountModeration: new AccountModeration({ ...parts, accounts, sightings }),
    logins: new Logins({ ...parts, accounts, sessions, limits }),
    registration: new Registration({ ...parts, accounts, sessions, uia, config: config.registration }),
    sharedSecretRegistration: new SharedSecretRegistration({ ...parts, accounts, sessions, secret: config.registration.sharedSecret }),
    setupLinks: new SetupLinks({ ...parts, accounts }),
    openIdTokens: new OpenIdTokens({ ...parts, serverName }),
    profiles: new Profiles({ ...parts, serverName }),
    invitePermissions: new InvitePermissions({ ...parts, accountData, serverName }),
    ignoredUsers: new IgnoredUsers(parts),
    tags: new Tags({ ...parts, accountData }),
    filters: new Filters(parts),
    pushRules: new PushRules(parts),
    presence: new Presence({ ...parts, enabled: config.presence.enabled }),
    reports: new Reports(parts),
  }
}
