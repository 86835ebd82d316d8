import { MatrixError } from '../matrix/errors.ts'
import type { Requester } from './requester.ts'

/** What an access token turned out to be. */
export type TokenOutcome =
  | { readonly kind: 'known', readonly requester: Requester }
  /** The account is locked: the token stays good, but only for logging out. */
  | { readonly kind: 'locked', readonly requester: Requester }
  /** The token has run out; the session goes on once the client has refreshed it or logged in again. */
  | { readonly kind: 'expired' }
  /** An application service asks for somebody, or from a device, that it cannot speak for. */
  | { readonly kind: 'refused', readonly refusal: MatrixError }
  | { readonly kind: 'unknown' }

/** Why nobody can ask anything with such a token; undefined where one can. (Client-Server API, Soft logout, Account locking.) */
export function refusalOf(outcome: TokenOutcome): MatrixError | undefined {
  switch (outcome.kind) {
    case 'known':
      return undefined
    case 'locked':
      // The session outlives the lock, so the client must keep what it stores.
      return new MatrixError('M_USER_LOCKED', 'This account has been locked.', { fields: { soft_logout: true } })
    case 'expired':
      return new MatrixError('M_UNKNOWN_TOKEN', 'The access token has expired.', { fields: { soft_logout: true } })
    case 'refused':
      return outcome.refusal
    case 'unknown':
      return new MatrixError('M_UNKNOWN_TOKEN', 'The access token is not known.', { fields: { soft_logout: false } })
  }
}
