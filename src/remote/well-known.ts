import type { IncomingHttpHeaders } from 'node:http'
import { isJsonObject, ownValue, parseJson } from '../matrix/json.ts'
import { isServerName } from '../matrix/server-name.ts'
import type { Clock } from '../util/clock.ts'
import { HOUR_MS, MINUTE_MS } from '../util/durations.ts'
import { Lru } from '../util/lru.ts'
import type { WebClient } from './web-client.ts'

export type WellKnown =
  | { readonly ok: true, readonly delegatedName: string }
  /** `isFinal`: it said that there is none, rather than nothing at all. */
  | { readonly ok: false, readonly isFinal: boolean, readonly message: string }

interface Entry {
  readonly answer: WellKnown
  readonly fetchedAt: number
  readonly expiresAt: number
  readonly failures: number
}

const KEPT_MS_DEFAULT = 24 * HOUR_MS
const KEPT_MS_MAX = 48 * HOUR_MS
/** Whoever forbids caching is asked again soon, but not before each request. */
const KEPT_MS_MIN = 5 * MINUTE_MS

const ENTRIES_MAX = 20_000
const LIMITS = { timeoutMs: 10_000, sizeBytesMax: 50 * 1024, redirectsMax: 5 }

/**
 * What hosts say under /.well-known/matrix/server, kept as long as they wish within bounds; failures for a minute at first,
 * then up to an hour. Specification: Server-Server API, Resolving server names, step 3.
 */
export class WellKnowns {
  readonly #client: WebClient
  readonly #clock: Clock
  readonly #entries = new Lru<string, Entry>(ENTRIES_MAX)
  readonly #asking = new Map<string, Promise<WellKnown>>()

  constructor({ client, clock }: { client: WebClient, clock: Clock }) {
    this.#client = client
    this.#clock = clock
  }

  async find(hostname: string): Promise<WellKnown> {
    const entry = this.#entries.get(hostname)
    if (entry !== undefined && entry.expiresAt > this.#clock.now()) return entry.answer
    const asking = this.#asking.get(hostname) ?? this.#ask(hostname, entry).finally(() => this.#asking.delete(hostname))
    this.#asking.set(hostname, asking)
    return asking
  }

  forget(hostname: string): void {
    this.#entries.delete(hostname)
  }

  async #ask(hostname: string, before: Entry | undefined): Promise<WellKnown> {
    const { answer, keptMs } = await this.#fetch(hostname)
    const now = this.#clock.now()
    const failures = answer.ok ? 0 : (before?.failures ?? 0) + 1
    if (answer.ok) {
      this.#entries.set(hostname, { answer, fetchedAt: now, expiresAt: now + keptMs, failures })
      return answer
    }
    const retryAt = now + Math.min(MINUTE_MS * 2 ** (failures - 1), HOUR_MS)
    // A web server that is down for a moment must not send everybody to another port.
    if (before?.answer.ok === true && !answer.isFinal && before.fetchedAt + KEPT_MS_MAX > now) {
      this.#entries.set(hostname, { ...before, expiresAt: Math.min(retryAt, before.fetchedAt + KEPT_MS_MAX), failures })
      return before.answer
    }
    this.#entries.set(hostname, { answer, fetchedAt: now, expiresAt: retryAt, failures })
    return answer
  }

  async #fetch(hostname: string): Promise<{ answer: WellKnown, keptMs: number }> {
    const fetched = await this.#client.request(`https://${hostname}/.well-known/matrix/server`, LIMITS)
    if (!fetched.ok) return { answer: { ok: false, isFinal: false, message: fetched.message }, keptMs: 0 }
    const { status, headers, body } = fetched
    if (status !== 200) {
      return { answer: { ok: false, isFinal: status < 500, message: `It was answered with status ${status}.` }, keptMs: 0 }
    }
    return { answer: readDelegation(body), keptMs: keptMsOf(headers, this.#clock.now()) }
  }
}

function readDelegation(body: Buffer): WellKnown {
  const parsed = parseJson(body, { duplicates: 'last-wins', numbers: 'any' })
  const name = parsed.ok && isJsonObject(parsed.value) ? ownValue(parsed.value, 'm.server') : undefined
  if (typeof name === 'string' && isServerName(name)) return { ok: true, delegatedName: name }
  return { ok: false, isFinal: true, message: 'The answer is not a JSON object with the name of a server as m.server.' }
}

const MAX_AGE = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})/i
const NOT_KEPT = /(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])/i

function keptMsOf(headers: IncomingHttpHeaders, now: number): number {
  const control = headers['cache-control'] ?? ''
  const seconds = MAX_AGE.exec(control)?.[1]
  const expires = Date.parse(headers.expires ?? '')
  const wished = NOT_KEPT.test(control) ? 0
    : seconds !== undefined ? Number(seconds) * 1000
      : Number.isNaN(expires) ? KEPT_MS_DEFAULT : expires - now
  return Math.min(Math.max(wished, KEPT_MS_MIN), KEPT_MS_MAX)
}
