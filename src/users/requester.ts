/** Who makes a request, as the access token says. */
export interface Requester {
  readonly userId: string
  /** The number of the user in the table `users`. */
  readonly user: number
  readonly deviceId: string | undefined
  readonly isGuest: boolean
  readonly isAdmin: boolean
  readonly isAppservice: boolean
  readonly tokenId: number
  readonly suspended: boolean
}
