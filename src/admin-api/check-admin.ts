import { forbidden } from '../matrix/errors.ts'
import type { Requester } from '../users/requester.ts'

/** Throws M_FORBIDDEN for who does not administrate this server. */
export function checkAdmin(requester: Requester): void {
  if (!requester.isAdmin) throw forbidden('You do not administrate this server.')
}
