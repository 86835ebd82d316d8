import { sleep } from '../../../bench/parallel.ts'

/** Every so many requests lose their answers while a line is bad; a long poll is cut off after so long. */
const LOST_OF = 4
const CUT_OFF_MS = 150

const CLAIM_AGAIN_MS = 200
const CLAIMS_WITHIN_MS = 30_000

type Json = Record<string, object>

/** The line of a client. While it is bad answers get lost: the server has done what was asked, and the client does not hear of it. */
export class Line {
  #count = 0
  #isBad = false

  setBad(isBad: boolean): void {
    this.#isBad = isBad
  }

  isBad(): boolean {
    return this.#isBad
  }

  readonly fetch = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    return typeof init.body === 'string' && urlOf(input).endsWith('/keys/claim')
      ? this.#claim(input, init, init.body)
      : this.#fetch(input, init)
  }

  /**
   * Whoever cannot be reached for the first time, since their server is away, cannot read what is said then: clients write without
   * them, and never make up for it. So this waits for the server, as long as an answer names it among its failures.
   */
  async #claim(input: string | URL | Request, init: RequestInit, body: string): Promise<Response> {
    const untilMs = performance.now() + CLAIMS_WITHIN_MS
    const given: Json = {}
    let wanted = (JSON.parse(body) as { one_time_keys: Json }).one_time_keys
    for (;;) {
      const response = await this.#fetch(input, { ...init, body: JSON.stringify({ one_time_keys: wanted }) })
      if (response.status !== 200) return response
      const { one_time_keys: keys, failures = {} } = await response.json() as { one_time_keys: Json, failures?: Json }
      Object.assign(given, keys)
      const away = Object.keys(failures)
      if (away.length === 0 || performance.now() > untilMs) return Response.json({ one_time_keys: given, failures })
      wanted = Object.fromEntries(Object.entries(wanted).filter(([userId]) => away.some((server) => userId.endsWith(`:${server}`))))
      await sleep(CLAIM_AGAIN_MS)
    }
  }

  async #fetch(input: string | URL | Request, init: RequestInit): Promise<Response> {
    if (!this.#isBad) return fetch(input, init)
    this.#count += 1
    const count = this.#count
    const isPoll = urlOf(input).includes('/sync?')
    const signals = [init.signal ?? [], isPoll && count % 2 === 0 ? AbortSignal.timeout(CUT_OFF_MS) : []].flat()
    const options = signals.length === 0 ? init : { ...init, signal: AbortSignal.any(signals) }
    const response = await fetch(input, options).catch((error: unknown) => {
      throw new TypeError('The line was cut', { cause: error })
    })
    const body = await response.arrayBuffer()
    if (count % LOST_OF === 0) throw new TypeError('The answer was lost')
    return new Response(body, { status: response.status, headers: response.headers })
  }
}

const urlOf = (input: string | URL | Request): string => String(input instanceof Request ? input.url : input)
