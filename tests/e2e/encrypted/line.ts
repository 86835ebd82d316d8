/** Every so many requests lose their answers while a line is bad; a long poll is cut off after so long. */
const LOST_OF = 4
const CUT_OFF_MS = 150

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

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    if (!this.#isBad) return fetch(input, init)
    this.#count += 1
    const count = this.#count
    const isPoll = String(input instanceof Request ? input.url : input).includes('/sync?')
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
