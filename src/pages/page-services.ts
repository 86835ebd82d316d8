import type { JsonObject } from '../matrix/json.ts'
import type { Services } from '../services.ts'
import type { Random } from '../util/random.ts'

/** What the pages ask for. */
export interface PageServices extends Pick<Services, 'config'> {
  readonly random: Random
  readonly firstAdmin: FirstAdmin
  readonly authStages: AuthStages
}

/** Port: who knows whether there is an administrator yet. */
export interface FirstAdmin {
  /** Whether this one-time link may still be used. */
  isOpen(token: string): Promise<boolean>
  /** Uses up the link. The answer is the new user's id, or what is wrong with the name or the password. */
  create(token: string, account: { readonly localpart: string, readonly password: string }): Promise<FirstAdminOutcome>
}

export type FirstAdminOutcome =
  | { readonly ok: true, readonly userId: string }
  | { readonly ok: false, readonly message: string }

/** Port: who keeps the sessions of user-interactive authentication. */
export interface AuthStages {
  /** Carries out a stage with what a client would have sent as `auth`; undefined if it is done, or why not. */
  tryStage(session: string, stage: string, input: JsonObject): Promise<{ readonly error: string } | undefined>
}
