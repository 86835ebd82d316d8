import { forbidden, MatrixError } from '../matrix/errors.ts'
import { isDeviceId } from '../matrix/ids.ts'
import { findMask } from '../store/users/masks.ts'
import type { Db } from '../store/database.ts'
import type { ApplicationService, ApplicationServices } from './application-services.ts'
import type { RememberedToken } from './token-cache.ts'

/** For whom an application service asks, and from which device: what the request says of that. */
export interface Asserted {
  readonly userId?: string | undefined
  readonly deviceId?: string | undefined
}

/** An application service and for whom it asks. */
export interface Mask {
  /** By which it is remembered. */
  readonly name: string
  readonly service: ApplicationService
  readonly userId: string
  readonly deviceId: string | undefined
}

/** Application services ask on behalf of their users (Application Service API, Identity assertion). */
export class Masks {
  readonly #db: Db
  readonly #services: ApplicationServices

  constructor({ db, appservices }: { db: Db, appservices: ApplicationServices }) {
    this.#db = db
    this.#services = appservices
  }

  /** Undefined if the token is none of an application service's. Its own user is meant unless it names another. */
  find(token: string, { userId, deviceId }: Asserted): Mask | undefined {
    const service = this.#services.findByToken(token)
    if (service === undefined) return undefined
    const meant = userId ?? service.senderId
    return { name: JSON.stringify([service.id, meant, deviceId]), service, userId: meant, deviceId }
  }

  /** Who that is. Errors: M_FORBIDDEN, M_USER_DEACTIVATED, M_UNKNOWN_DEVICE (400). */
  async load({ service, userId, deviceId }: Mask): Promise<RememberedToken> {
    if (!service.ownsUser(userId)) throw forbidden(`${userId} is not a user of this application service.`)
    const found = await findMask(this.#db, userId, deviceId !== undefined && isDeviceId(deviceId) ? deviceId : '')
    if (found === undefined) throw forbidden(`${userId} is not registered.`)
    if (found.deactivatedAt !== null) throw new MatrixError('M_USER_DEACTIVATED', 'This account has been deactivated.')
    if (deviceId !== undefined && !found.hasDevice) throw new MatrixError('M_UNKNOWN_DEVICE', `${userId} has no such device.`)
    const { user, isAdmin, locked, suspended } = found
    const requester = { userId, user, deviceId, isGuest: false, isAdmin, appservice: service, tokenId: -user, suspended }
    return { requester, locked, expiresAt: null }
  }
}
