import type { IncomingHttpHeaders } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Endpoint } from './dial.ts'
import type { GuardedClient, GuardedRequest, OpenAnswer, WholeAnswer } from './guarded-client.ts'
import { noAnswer, RequestFault, type NoAnswer } from './outcome.ts'

export interface WebRequest extends Partial<Pick<GuardedRequest, 'method' | 'headers' | 'body' | 'signal'>> {
  readonly timeoutMs: number
  readonly sizeBytesMax: number
  /** How many redirects of a GET are followed; none unless told. */
  readonly redirectsMax?: number
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Requests to URLs. Each redirect is looked at like the first address: it may lead to a place of our own. */
export class WebClient {
  readonly #client: GuardedClient

  constructor(client: GuardedClient) {
    this.#client = client
  }

  /** The whole answer, whatever its status; a redirect that is not followed is an answer like others. */
  request(url: string, request: WebRequest): Promise<WholeAnswer | NoAnswer> {
    return this.#follow(url, request, (step) => this.#client.request(step), () => undefined)
  }

  /** The same with a body that is still to be read, by whoever gets it. */
  open(url: string, request: WebRequest): Promise<OpenAnswer | NoAnswer> {
    return this.#follow(url, request, (step) => this.#client.open(step), ({ body }) => void body.on('error', () => undefined).destroy())
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #follow<Answer extends { readonly ok: true, readonly status: number, readonly headers: IncomingHttpHeaders }>(
    url: string, request: WebRequest, ask: (step: GuardedRequest) => Promise<Answer | NoAnswer>, drop: (answer: Answer) => void,
  ): Promise<Answer | NoAnswer> {
    const followsRedirects = request.redirectsMax !== undefined && (request.method ?? 'GET') === 'GET'
    let next = URL.canParse(url) ? new URL(url) : undefined
    for (let left = request.redirectsMax ?? 0; ; left -= 1) {
      if (next === undefined || !isWeb(next)) return noAnswer(new RequestFault('protocol', 'That is no address of the web.'))
      const answer = await ask(stepTo(next, request))
      const location = answer.ok ? answer.headers.location : undefined
      if (!answer.ok || location === undefined || !REDIRECTS.has(answer.status) || !followsRedirects) return answer
      drop(answer)
      if (left <= 0) return noAnswer(new RequestFault('redirect', `${url} leads on and on.`))
      const target: URL | undefined = URL.canParse(location, next) ? new URL(location, next) : undefined
      if (next.protocol === 'https:' && target?.protocol === 'http:') {
        return noAnswer(new RequestFault('redirect', `${url} leads to a place without TLS.`))
      }
      next = target
    }
  }
}

const isWeb = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'http:'

function stepTo(url: URL, { method = 'GET', headers = {}, body, signal, timeoutMs, sizeBytesMax }: WebRequest): GuardedRequest {
  return {
    endpoint: endpointOf(url), method, path: `${url.pathname}${url.search}`, body, signal, timeoutMs, sizeBytesMax,
    headers: { ...headers, host: url.host },
  }
}

function endpointOf({ protocol, hostname, port }: URL): Endpoint {
  const inner = hostname.slice(1, -1)
  const host = hostname.startsWith('[') && isIPv6(inner) ? inner : hostname
  const isSecure = protocol === 'https:'
  return { host, port: port === '' ? isSecure ? 443 : 80 : Number(port), certificateName: isSecure ? host : undefined }
}
