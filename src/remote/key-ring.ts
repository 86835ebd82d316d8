import type { VerifyKey } from '../matrix/signing.ts'
import type { FindServerKey, ServerKey } from '../matrix/verify-event.ts'
import type { Clock } from '../util/clock.ts'
import { HOUR_MS, SECOND_MS } from '../util/durations.ts'
import { Gate } from '../util/gate.ts'
import type { Log } from '../util/log.ts'
import { Lru } from '../util/lru.ts'
import type { Destinations } from './destinations.ts'
import { askNotary, fetchKeys, type KeyWishes } from './key-sources.ts'
import type { KnownKey, KnownKeys } from './known-keys.ts'
import type { OwnKeys } from './own-keys.ts'
import type { FederationPolicy } from './policy.ts'
import type { ServerClient } from './server-client.ts'

/** A key that has signed something. */
export interface KeyWish {
  readonly serverName: string
  readonly keyId: string
  /** When it signed: the time in the event, or now for a request. */
  readonly validAt: number
}

export interface KeyRingParts {
  readonly client: Pick<ServerClient, 'request'>
  readonly known: Pick<KnownKeys, 'of' | 'add'>
  readonly ownKeys: OwnKeys
  readonly policy: FederationPolicy
  readonly destinations: Pick<Destinations, 'downUntil'>
  /** Servers that are asked for the keys of others. */
  readonly notaries: readonly string[]
  readonly serverName: string
  readonly clock: Clock
  readonly log: Log
}

interface Attempt { readonly nextAt: number, readonly failures: number }

/** A server that was just asked has no other keys yet. */
const AGAIN_MS = 10 * SECOND_MS
const FAILED_MS_FIRST = 60 * SECOND_MS
const FAILED_MS_MAX = HOUR_MS
/** A key that is in use is asked for again before it runs out. */
const REFRESH_BEFORE_MS = 12 * HOUR_MS

const FETCHES_AT_ONCE = 60
const LOAD_MS = 60_000
/** So many servers are not asked one by one while a notary can tell about all of them. */
const NOTARIES_FIRST = 8
const ATTEMPTS_MAX = 50_000

/** The public keys of servers: remembered, else asked of them, else of the notaries. Never more than once at a time. */
export class KeyRing {
  readonly #parts: KeyRingParts
  readonly #gate = new Gate(FETCHES_AT_ONCE)
  readonly #fetching = new Map<string, Promise<void>>()
  readonly #attempts = new Lru<string, Attempt>(ATTEMPTS_MAX)

  constructor(parts: KeyRingParts) {
    this.#parts = parts
  }

  /**
   * Looks for all of these keys together and gives the look-up that signatures are checked with. Keys that nobody knows are
   * missing in it, as are those of servers that take longer than `timeoutMs`. `validUntilTs` of a key that is no longer in
   * use is when it was put away; whether that matters is up to the room version.
   */
  async load(wishes: readonly KeyWish[], timeoutMs = LOAD_MS): Promise<FindServerKey> {
    const { serverName: ownName, clock, ownKeys } = this.#parts
    const foreign = wishes.filter(({ serverName }) => serverName !== ownName)
    const lacking = await this.#listLacking(foreign)
    if (lacking.size > 0) await this.#within(timeoutMs, this.#fetchAll(lacking))
    const names = [...new Set(foreign.map(({ serverName }) => serverName))]
    const keys = new Map(await Promise.all(names.map(async (name) => [name, await this.#parts.known.of(name)] as const)))
    return (serverName, keyId) => serverName === ownName ? ownKeys.find(keyId, clock.now()) : keys.get(serverName)?.get(keyId)
  }

  /** One key, as long as anybody knows it. */
  async find(serverName: string, keyId: string, validAt: number): Promise<ServerKey | undefined> {
    const find = await this.load([{ serverName, keyId, validAt }])
    return find(serverName, keyId)
  }

  /** A key that a request may be signed with: one that the server has in use now (Server-Server API, Publishing Keys). */
  async findCurrent(serverName: string, keyId: string): Promise<VerifyKey | undefined> {
    const now = this.#parts.clock.now()
    await this.load([{ serverName, keyId, validAt: now }])
    const known = (await this.#parts.known.of(serverName)).get(keyId)
    return known !== undefined && known.isCurrent && known.validUntilTs >= now ? known.key : undefined
  }

  /** Asks a server for its keys unless that was done a moment ago; who waits for nothing else learns whether it was. */
  async refresh(serverName: string): Promise<void> {
    if (this.#mayAsk(serverName)) await this.#fetch(serverName)
  }

  /** Waits for what is done no longer than that; it is done to its end all the same. */
  async #within(timeoutMs: number, work: Promise<void>): Promise<void> {
    const done = new AbortController()
    await Promise.race([work.finally(() => done.abort()), this.#parts.clock.sleep(timeoutMs, done.signal)])
  }

  async #listLacking(wishes: readonly KeyWish[]): Promise<Map<string, Map<string, number>>> {
    const lacking = new Map<string, Map<string, number>>()
    await Promise.all(wishes.map(async ({ serverName, keyId, validAt }) => {
      const known = (await this.#parts.known.of(serverName)).get(keyId)
      if (known !== undefined && known.validUntilTs >= validAt) {
        this.#refreshInTime(serverName, known)
        return
      }
      // A key that was put away is not prolonged: what it signed later is not signed.
      if (known?.isCurrent === false || !this.#mayAsk(serverName)) return
      const keys = lacking.get(serverName) ?? new Map<string, number>()
      lacking.set(serverName, keys.set(keyId, Math.max(validAt, keys.get(keyId) ?? 0)))
    }))
    return lacking
  }

  #refreshInTime(serverName: string, { isCurrent, validUntilTs, fetchedAt }: KnownKey): void {
    const leftMs = validUntilTs - this.#parts.clock.now()
    const isOld = leftMs > 0 && leftMs < Math.min(REFRESH_BEFORE_MS, (validUntilTs - fetchedAt) / 2)
    if (!isCurrent || !isOld || !this.#mayAsk(serverName) || this.#isDown(serverName)) return
    this.#fetch(serverName).catch((error: unknown) => {
      this.#parts.log.info({ server: serverName, error: String(error) }, 'New keys of a server could not be written down')
    })
  }

  #mayAsk(serverName: string): boolean {
    const attempt = this.#attempts.get(serverName)
    const isTime = attempt === undefined || attempt.nextAt <= this.#parts.clock.now() || this.#fetching.has(serverName)
    return isTime && this.#parts.policy.findObjection(serverName) === undefined
  }

  #isDown(serverName: string): boolean {
    return this.#parts.destinations.downUntil(serverName) !== undefined
  }

  async #fetchAll(lacking: Map<string, Map<string, number>>): Promise<void> {
    const notariesFirst = lacking.size >= NOTARIES_FIRST
    if (notariesFirst) await this.#askNotaries(lacking)
    // A single server is asked though it did not answer of late: it may be the one that is talking to us.
    const askable = [...lacking.keys()].filter((serverName) => lacking.size === 1 || !this.#isDown(serverName))
    await Promise.all(askable.map((serverName) => this.#fetch(serverName)))
    if (!notariesFirst) await this.#askNotaries(lacking)
  }

  /** One fetch a server at a time, and few of all. */
  #fetch(serverName: string): Promise<void> {
    const fetching = this.#fetching.get(serverName)
      ?? this.#gate.run(() => this.#fetchNow(serverName)).finally(() => this.#fetching.delete(serverName))
    this.#fetching.set(serverName, fetching)
    return fetching
  }

  async #fetchNow(serverName: string): Promise<void> {
    const { client, clock, known, log } = this.#parts
    const fetched = await fetchKeys(client, serverName, clock)
    const failures = fetched.ok ? 0 : (this.#attempts.get(serverName)?.failures ?? 0) + 1
    const waitMs = fetched.ok ? AGAIN_MS : Math.min(FAILED_MS_FIRST * 2 ** (failures - 1), FAILED_MS_MAX)
    this.#attempts.set(serverName, { nextAt: clock.now() + waitMs, failures })
    if (fetched.ok) await known.add(fetched.answer, 'itself')
    // Not written down among the servers that do not answer: strangers say which servers we ask here.
    else log.info({ server: serverName, problem: fetched.message }, 'The keys of a server could not be had')
  }

  /** Asks the notaries one after the other for what is still lacking, and takes out of it what they told. */
  async #askNotaries(lacking: Map<string, Map<string, number>>): Promise<void> {
    for (const notary of this.#parts.notaries) {
      await this.#dropFound(lacking)
      const wishes: KeyWishes = new Map([...lacking].filter(([serverName]) => serverName !== notary))
      if (wishes.size === 0) return
      const keys = await this.#keysOfNotary(notary)
      if (keys.size === 0) continue
      const findKey = (keyId: string) => keys.get(keyId)?.key
      const answers = await askNotary(this.#parts.client, { serverName: notary, findKey }, wishes, this.#parts.clock)
      for (const answer of answers) await this.#parts.known.add(answer, 'notary')
    }
    await this.#dropFound(lacking)
  }

  async #dropFound(lacking: Map<string, Map<string, number>>): Promise<void> {
    for (const [serverName, wishes] of lacking) {
      const known = await this.#parts.known.of(serverName)
      for (const [keyId, validAt] of wishes) if ((known.get(keyId)?.validUntilTs ?? -1) >= validAt) wishes.delete(keyId)
      if (wishes.size === 0) lacking.delete(serverName)
    }
  }

  /** A notary is believed by what it says of itself alone. */
  async #keysOfNotary(notary: string): Promise<ReadonlyMap<string, KnownKey>> {
    const now = this.#parts.clock.now()
    const known = await this.#parts.known.of(notary)
    if (![...known.values()].some(({ isCurrent, validUntilTs }) => isCurrent && validUntilTs >= now)) await this.refresh(notary)
    return this.#parts.known.of(notary)
  }
}
