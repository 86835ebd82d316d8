import type { ApplicationService } from './application-services.ts'

/** Who makes a request, as the access token says. */
export interface Requester {
  readonly userId: string
  /** The number of the user in the table `users`. */
  readonly user: number
  readonly deviceId: string | undefined
  readonly isGuest: boolean
  readonly isAdmin: boolean
  /** The application service that asks on behalf of the user, with its own token. */
  readonly appservice?: ApplicationService | undefined
  /** Of the access token; below zero where an application service asks. */
  readonly tokenId: number
  readonly suspended: boolean
}

/** Whether the rate limits hold; some application services are let off (Application Service API, Registration). */
export function isLimited({ appservice, userId }: Requester): boolean {
  return appservice?.isLimited(userId) ?? true
}
