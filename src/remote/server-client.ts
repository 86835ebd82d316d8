import type { Clock } from '../util/clock.ts'
import type { GuardedClient, GuardedRequest, OpenAnswer, WholeAnswer } from './guarded-client.ts'
import { noAnswer, RequestFault, type NoAnswer, type Problem } from './outcome.ts'
import type { Resolver, Target } from './resolver.ts'

export type ServerRequest = Pick<GuardedRequest, 'method' | 'path' | 'body' | 'signal' | 'timeoutMs' | 'sizeBytesMax'> & {
  readonly headers?: Readonly<Record<string, string>>
}

/** What happens before a request was sent, so that it may be sent elsewhere. */
const BEFORE_SENDING: ReadonlySet<Problem> = new Set(['name', 'address', 'connection', 'certificate'])

/** Requests to servers by their names. */
export class ServerClient {
  readonly #client: GuardedClient
  readonly #resolver: Resolver
  readonly #clock: Clock

  constructor(parts: { client: GuardedClient, resolver: Resolver, clock: Clock }) {
    this.#client = parts.client
    this.#resolver = parts.resolver
    this.#clock = parts.clock
  }

  /** The whole answer, whatever its status. */
  request(serverName: string, request: ServerRequest): Promise<WholeAnswer | NoAnswer> {
    return this.#try(serverName, request, (step) => this.#client.request(step))
  }

  /** The same with a body that is still to be read, by whoever gets it. */
  open(serverName: string, request: ServerRequest): Promise<OpenAnswer | NoAnswer> {
    return this.#try(serverName, request, (step) => this.#client.open(step))
  }

  async #try<Answer extends { readonly ok: true }>(
    serverName: string, request: ServerRequest, ask: (step: GuardedRequest) => Promise<Answer | NoAnswer>,
  ): Promise<Answer | NoAnswer> {
    const startMs = this.#clock.monotonicMs()
    const resolution = await this.#resolver.resolve(serverName)
    if (!resolution.ok) return noAnswer(new RequestFault('name', resolution.message))
    let answer: Answer | NoAnswer = noAnswer(new RequestFault('name', `${serverName} is nowhere.`))
    for (const target of resolution.targets) {
      const timeoutMs = request.timeoutMs - (this.#clock.monotonicMs() - startMs)
      if (timeoutMs <= 0) return noAnswer(new RequestFault('time', `There was no whole answer within ${request.timeoutMs} ms.`))
      answer = await ask(stepTo(target, { ...request, timeoutMs }))
      if (answer.ok) return answer
      if (!BEFORE_SENDING.has(answer.problem)) break
    }
    if (!answer.ok && answer.problem !== 'aborted') this.#resolver.forget(serverName)
    return answer
  }
}

function stepTo({ endpoint, host }: Target, { headers, ...request }: ServerRequest): GuardedRequest {
  return { ...request, endpoint, headers: { ...headers, host } }
}
