import { serverNameOf } from '../../matrix/ids.ts'
import type { Destinations } from '../../remote/destinations.ts'
import { federationPath } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import { Lru } from '../../util/lru.ts'
import type { OutdatedUser, RemoteDeviceLists } from './remote-device-lists.ts'
import { readServedDevices } from './told-keys.ts'

export interface DeviceListResyncParts {
  readonly lists: RemoteDeviceLists
  readonly signedRequests: Pick<SignedRequests, 'get'>
  readonly destinations: Pick<Destinations, 'listen'>
  readonly clock: Clock
  readonly log: Log
}

interface Job extends OutdatedUser {
  readonly server: string
  readonly dueAt: number
  /** Whether our users asked in vain meanwhile, perhaps, and are to ask again. */
  readonly isLate: boolean
}

/** However often a server says that devices changed, a user's are asked for once in that time. */
const AGAIN_MS = 60_000
const AT_ONCE_MAX = 10
/** More wait in the database, and are found there from time to time. */
const WAITING_MAX = 10_000
const LIMITS = { timeoutMs: 30_000, sizeBytesMax: 4 * 1024 * 1024 }
const SLICE = 1_000

/** Asks for the whole device lists of users of whom an update is missing, one of each server at a time. */
export class DeviceListResync {
  readonly #parts: DeviceListResyncParts
  readonly #waiting = new Map<number, Job>()
  /** Those whose servers did not answer. */
  readonly #failed = new Map<number, Job>()
  readonly #askedAt = new Lru<number, number>(WAITING_MAX)
  readonly #busy = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()
  #cancelTimer: (() => void) | undefined
  readonly #stopListening: () => void

  constructor(parts: DeviceListResyncParts) {
    this.#parts = parts
    this.#stopListening = parts.destinations.listen((server) => {
      for (const job of this.#failed.values()) if (job.server === server) this.add(job, true)
    })
  }

  /** Has the devices of a user asked for, soon. */
  add({ user, userId }: OutdatedUser, isLate = false): void {
    const server = serverNameOf(userId)
    if (server === undefined || this.#waiting.has(user) || this.#waiting.size >= WAITING_MAX) return
    const now = this.#parts.clock.now()
    const askedAt = this.#askedAt.get(user)
    const hasFailed = this.#failed.delete(user)
    const dueAt = askedAt === undefined ? now : Math.max(now, askedAt + AGAIN_MS)
    this.#waiting.set(user, { user, userId, server, dueAt, isLate: isLate || hasFailed })
    this.#work()
  }

  /** Looks for those that were left when the process ended, or for whom there was no room. */
  async takeUp(): Promise<void> {
    for (let after = 0; this.#waiting.size < WAITING_MAX;) {
      const outdated = await this.#parts.lists.listOutdated(after, SLICE)
      for (const each of outdated) this.add(each, true)
      if (outdated.length < SLICE) return
      after = outdated.at(-1)?.user ?? after
    }
  }

  /** Resolves when nothing is being asked that is due. */
  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values())
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#stopListening()
    this.#cancelTimer?.()
    this.#waiting.clear()
    await this.settled()
  }

  #work(): void {
    const now = this.#parts.clock.now()
    let nextAt = Infinity
    for (const job of this.#waiting.values()) {
      if (this.#busy.size >= AT_ONCE_MAX || this.#closing.signal.aborted) break
      if (this.#busy.has(job.server)) continue
      if (job.dueAt > now) nextAt = Math.min(nextAt, job.dueAt)
      else this.#begin(job)
    }
    this.#cancelTimer?.()
    this.#cancelTimer = nextAt === Infinity ? undefined : this.#parts.clock.setTimer(nextAt - now, () => this.#work())
  }

  #begin(job: Job): void {
    this.#waiting.delete(job.user)
    this.#askedAt.set(job.user, this.#parts.clock.now())
    const running = this.#ask(job).catch((error: unknown) => {
      this.#parts.log.info({ user: job.userId, error: String(error) }, 'The devices of a user could not be asked for')
    }).finally(() => {
      this.#busy.delete(job.server)
      this.#work()
    })
    this.#busy.set(job.server, running)
  }

  async #ask(job: Job): Promise<void> {
    const { lists, signedRequests } = this.#parts
    const { user, userId, server, isLate } = job
    const [known] = await lists.list([userId])
    if (known === undefined || known.isCurrent) return
    const telling = await lists.beginTelling([user])
    const answer = await signedRequests.get(server, federationPath('v1', 'user', 'devices', userId), {
      ...LIMITS, signal: this.#closing.signal,
    })
    const told = answer.ok ? readServedDevices(answer.value, userId) : undefined
    if (told === undefined) {
      if (this.#failed.size < WAITING_MAX) this.#failed.set(user, job)
      return
    }
    await lists.save(telling, [{ user, ...told }])
    if (isLate) await lists.announce(user)
  }
}
