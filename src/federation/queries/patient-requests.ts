import type { JsonObject } from '../../matrix/json.ts'
import type { Destinations } from '../../remote/destinations.ts'
import type { RemoteOutcome } from '../../remote/outcome.ts'
import type { RequestBody, SignedRequestOptions, SignedRequests } from '../../remote/signed-requests.ts'
import type { Clock } from '../../util/clock.ts'

export interface PatientRequestsParts {
  readonly requests: Pick<SignedRequests, 'post'>
  readonly destinations: Pick<Destinations, 'downUntil' | 'listen'>
  readonly clock: Clock
}

/** Nothing that is told at once: these mend themselves, as when a server is started again. */
const PASSING = new Set(['connection', 'broken'])

/**
 * Requests for which somebody waits, and would do without what they are for: a message that is encrypted without the keys of a
 * device can never be read there. A server that was lost just now is asked again, as long as the time for the answer lasts.
 */
export class PatientRequests {
  readonly #parts: PatientRequestsParts

  constructor(parts: PatientRequestsParts) {
    this.#parts = parts
  }

  async post(
    server: string, path: string, body: RequestBody, options: SignedRequestOptions & { readonly timeoutMs: number },
  ): Promise<RemoteOutcome<JsonObject>> {
    const { requests, clock } = this.#parts
    const untilMs = clock.monotonicMs() + options.timeoutMs
    for (;;) {
      const timeoutMs = Math.max(untilMs - clock.monotonicMs(), 1)
      const outcome = await requests.post(server, path, body, { ...options, timeoutMs })
      const againInMs = this.#againInMs(server, outcome)
      if (againInMs === undefined || clock.monotonicMs() + againInMs >= untilMs) return outcome
      await this.#wait(server, againInMs)
    }
  }

  #againInMs(server: string, outcome: RemoteOutcome<JsonObject>): number | undefined {
    if (outcome.ok) return undefined
    const isPassing = outcome.reason === 'down' || (outcome.reason === 'unreachable' && PASSING.has(outcome.problem))
    if (!isPassing) return undefined
    const { destinations, clock } = this.#parts
    return Math.max((destinations.downUntil(server) ?? 0) - clock.now(), 0)
  }

  /** Until the server is to be asked again, or is heard of. */
  async #wait(server: string, ms: number): Promise<void> {
    const heard = new AbortController()
    const cancel = this.#parts.destinations.listen((name) => {
      if (name === server) heard.abort()
    })
    await this.#parts.clock.sleep(ms, heard.signal)
    cancel()
  }
}
