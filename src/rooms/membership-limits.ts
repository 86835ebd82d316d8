import type { Config } from '../config/config.ts'
import { limitExceeded } from '../matrix/errors.ts'
import type { ApplicationServices } from '../users/application-services.ts'
import type { Clock } from '../util/clock.ts'
import { TokenBuckets } from '../util/token-bucket.ts'

type Limits = Config['rateLimits']

/** So many tokens of one bucket. */
interface Draw {
  readonly buckets: TokenBuckets
  readonly key: string
  readonly count: number
  /** Whether it is not the asker's own bucket: who may not do a thing must not use up what others may. */
  readonly isOfOthers: boolean
}

export interface Invites {
  readonly sender: string
  readonly invited: readonly string[]
  /** Undefined for the invites that a room is made with. */
  readonly roomId: string | undefined
}

/** How often one may join a room and invite, by what the request says. */
export class MembershipLimits {
  readonly #clock: Clock
  readonly #enabled: boolean
  readonly #services: ApplicationServices
  readonly #joins: TokenBuckets
  readonly #remoteJoins: TokenBuckets
  readonly #invitesIntoRoom: TokenBuckets
  readonly #invitesOfUser: TokenBuckets
  readonly #invitesBySender: TokenBuckets
  readonly #invitesOfAddresses: TokenBuckets

  constructor({ rateLimits, clock, appservices }: { rateLimits: Limits, clock: Clock, appservices: ApplicationServices }) {
    this.#clock = clock
    this.#enabled = rateLimits.enabled
    this.#services = appservices
    this.#joins = new TokenBuckets(rateLimits.joinPerRoom)
    this.#remoteJoins = new TokenBuckets(rateLimits.joinRemote)
    this.#invitesIntoRoom = new TokenBuckets(rateLimits.invitesPerRoom)
    this.#invitesOfUser = new TokenBuckets(rateLimits.invitesPerInvitee)
    this.#invitesBySender = new TokenBuckets(rateLimits.invitesPerSender)
    this.#invitesOfAddresses = new TokenBuckets(rateLimits.thirdPartyInvite)
  }

  /** Lets somebody join the room, if not too many have. Throws M_LIMIT_EXCEEDED, and what joining throws. */
  join<T>(roomId: string, userId: string, run: () => Promise<T>): Promise<T> {
    return this.#draw(userId, [{ buckets: this.#joins, key: roomId, count: 1, isOfOthers: true }], run)
  }

  /** Lets a user join a room over another server, unless he did so too often. Throws M_LIMIT_EXCEEDED, and what joining throws. */
  joinRemote<T>(userId: string, run: () => Promise<T>): Promise<T> {
    return this.#draw(userId, [{ buckets: this.#remoteJoins, key: userId, count: 1, isOfOthers: false }], run)
  }

  /** Lets somebody invite, unless too many invites went out or came in. Throws M_LIMIT_EXCEEDED, and what inviting throws. */
  invite<T>({ sender, invited, roomId }: Invites, run: () => Promise<T>): Promise<T> {
    if (invited.length === 0) return run()
    const count = invited.length
    return this.#draw(sender, [
      { buckets: this.#invitesBySender, key: sender, count, isOfOthers: false },
      ...(roomId === undefined ? [] : [{ buckets: this.#invitesIntoRoom, key: roomId, count, isOfOthers: true }]),
      ...invited.map((userId) => ({ buckets: this.#invitesOfUser, key: userId, count: 1, isOfOthers: true })),
    ], run)
  }

  /** Lets somebody invite by an address, unless he did so too often. Throws M_LIMIT_EXCEEDED, and what inviting throws. */
  inviteAddress<T>(sender: string, run: () => Promise<T>): Promise<T> {
    return this.#draw(sender, [{ buckets: this.#invitesOfAddresses, key: sender, count: 1, isOfOthers: false }], run)
  }

  async #draw<T>(userId: string, draws: readonly Draw[], run: () => Promise<T>): Promise<T> {
    if (!this.#enabled || !this.#services.isLimited(userId)) return run()
    const nowMs = this.#clock.monotonicMs()
    const waitMs = Math.max(...draws.map(({ buckets, key, count }) => buckets.waitMs(key, nowMs, count)))
    if (waitMs > 0) throw limitExceeded(waitMs)
    for (const { buckets, key, count } of draws) buckets.take(key, nowMs, count)
    try {
      return await run()
    } catch (error) {
      for (const { buckets, key, count, isOfOthers } of draws) if (isOfOthers) buckets.giveBack(key, this.#clock.monotonicMs(), count)
      throw error
    }
  }
}
