import type { Config } from '../config/config.ts'
import { limitExceeded } from '../matrix/errors.ts'
import { isLimited, type Requester } from '../users/requester.ts'
import type { Clock } from '../util/clock.ts'
import { TokenBuckets } from '../util/token-bucket.ts'
import { addressBlock } from './client-address.ts'

export type RateLimits = Config['rateLimits']
type BucketName = Exclude<keyof RateLimits, 'enabled' | 'federation'>

export interface Limit {
  /** Throws M_LIMIT_EXCEEDED when this requester, or without one this address, has asked too often. */
  before(requester: Requester | undefined, ip: string): void
  /** Called when the request has succeeded. */
  after(requester: Requester | undefined, ip: string): void
}

/**
 * Which bucket an operation draws from. Limits that depend on what a request says (the account of a login, the room
 * of an invite, whether a join goes over another server) are kept by whoever reads that.
 */
const BUCKET_OF: ReadonlyMap<string, BucketName> = new Map<string, BucketName>([
  ['sendMessage', 'message'],
  ['setRoomStateWithKey', 'message'],
  ['redactEvent', 'message'],
  ['joinRoom', 'joinLocal'],
  ['joinRoomById', 'joinLocal'],
  ['knockRoom', 'joinLocal'],
  ['register', 'registration'],
  ['registrationTokenValidity', 'registrationTokenValidity'],
  ['login', 'loginAddress'],
  ['requestTokenTo3PIDEmail', 'thirdPartyMail'],
  ['requestTokenTo3PIDMSISDN', 'thirdPartyMail'],
  ['requestTokenToRegisterEmail', 'thirdPartyMail'],
  ['requestTokenToRegisterMSISDN', 'thirdPartyMail'],
  ['requestTokenToResetPasswordEmail', 'thirdPartyMail'],
  ['requestTokenToResetPasswordMSISDN', 'thirdPartyMail'],
  ['onBindThirdPartyIdentifier', 'thirdPartyBinding'],
  ['createRoom', 'roomCreation'],
  ['upgradeRoom', 'roomCreation'],
  ['setPresence', 'presence'],
  ['searchUserDirectory', 'userDirectory'],
  ['reportRoom', 'reports'],
  ['reportEvent', 'reports'],
  ['reportUser', 'reports'],
  ['uploadKeys', 'keyRequests'],
  ['queryKeys', 'keyRequests'],
  ['claimKeys', 'keyRequests'],
  ['createContent', 'mediaCreate'],
  ['perspectivesKeyQuery', 'keyRequests'],
  ['bulkPerspectivesKeyQuery', 'keyRequests'],
])

/** Registering takes several requests, one for each stage of the authentication: only the last one counts. */
const COUNTED_AT_THE_END: ReadonlySet<string> = new Set(['register'])

/** The limits by operation. Operations of one kind share their buckets. */
export function createRateLimits(limits: RateLimits, clock: Clock): (operationId: string) => Limit | undefined {
  const shared = new Map<BucketName, TokenBuckets>()
  return (operationId) => {
    const key = BUCKET_OF.get(operationId)
    if (key === undefined || !limits.enabled) return undefined
    const buckets = shared.get(key) ?? new TokenBuckets(limits[key])
    shared.set(key, buckets)
    return createLimit(buckets, COUNTED_AT_THE_END.has(operationId), clock)
  }
}

function createLimit(buckets: TokenBuckets, countsAtEnd: boolean, clock: Clock): Limit {
  const keyOf = (requester: Requester | undefined, ip: string) => requester?.userId ?? addressBlock(ip)
  return {
    before(requester, ip) {
      if (requester !== undefined && !isLimited(requester)) return
      const key = keyOf(requester, ip)
      const waitMs = countsAtEnd ? buckets.waitMs(key, clock.monotonicMs()) : buckets.take(key, clock.monotonicMs())
      if (waitMs > 0) throw limitExceeded(waitMs)
    },
    after(requester, ip) {
      if (countsAtEnd && (requester === undefined || isLimited(requester))) buckets.take(keyOf(requester, ip), clock.monotonicMs())
    },
  }
}
