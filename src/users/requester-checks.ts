import { forbidden, MatrixError } from '../matrix/errors.ts'
import type { Requester } from './requester.ts'

/** Nobody but a user may see or change what is kept for them. Errors: M_FORBIDDEN. */
export function checkIsOwn(requester: Requester, userId: string): void {
  if (requester.userId !== userId) throw forbidden('That belongs to another user.')
}

/** Who is suspended may read and leave, but not speak (Client-Server API, Account suspension). Errors: M_USER_SUSPENDED. */
export function checkNotSuspended(requester: { readonly suspended?: boolean }): void {
  if (requester.suspended === true) throw new MatrixError('M_USER_SUSPENDED', 'This account is suspended.')
}

/**
 * Guests may change their display name only (Client-Server API, Guest access).
 * Errors: M_FORBIDDEN, M_GUEST_ACCESS_FORBIDDEN, M_USER_SUSPENDED.
 */
export function checkMayChangeProfile(requester: Requester, { userId, keyName }: { userId: string, keyName: string }): void {
  checkIsOwn(requester, userId)
  checkNotSuspended(requester)
  if (requester.isGuest && keyName !== 'displayname') {
    throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 'Guests may change nothing but their display name.')
  }
}
