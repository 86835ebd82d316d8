import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { getAdminLockUser } from './get-admin-lock-user.ts'
import { getAdminSuspendUser } from './get-admin-suspend-user.ts'
import { getWhoIs } from './get-who-is.ts'
import { setAdminLockUser } from './set-admin-lock-user.ts'
import { setAdminSuspendUser } from './set-admin-suspend-user.ts'

/** What administrators do to accounts. */
export const administrationEndpoints: readonly ((services: Services) => Endpoint)[] = [
  getWhoIs,
  getAdminLockUser,
  setAdminLockUser,
  getAdminSuspendUser,
  setAdminSuspendUser,
]
