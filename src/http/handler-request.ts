import type { Requester } from '../users/requester.ts'
import type { Log } from '../util/log.ts'
import { bearerToken } from './authenticate.ts'
import type { AnyRequest } from './endpoint.ts'
import type { Exchange } from './exchange.ts'

interface Understood {
  readonly params: Record<string, string>
  readonly query: Record<string, unknown>
  readonly body: unknown
  readonly requester: Requester | undefined
  readonly origin: string | undefined
  readonly ip: string
}

/** What a handler gets. A class, so that what few handlers ask for is made only when one does. */
export class HandlerRequest implements AnyRequest {
  readonly params: Record<string, string>
  readonly query: Record<string, unknown>
  readonly body: unknown
  readonly requester: Requester | undefined
  readonly origin: string | undefined
  readonly ip: string
  readonly #exchange: Exchange
  readonly #log: Log
  #gone: AbortController | undefined

  constructor(understood: Understood, exchange: Exchange, log: Log) {
    this.params = understood.params
    this.query = understood.query
    this.body = understood.body
    this.requester = understood.requester
    this.origin = understood.origin
    this.ip = understood.ip
    this.#exchange = exchange
    this.#log = log
  }

  get userAgent(): string | undefined {
    return this.#exchange.request.headers['user-agent']
  }

  get accessToken(): string | undefined {
    return bearerToken(this.#exchange.request.headers.authorization)
  }

  get log(): Log {
    return this.#log.child({ requestId: this.#exchange.id })
  }

  get signal(): AbortSignal {
    this.#gone ??= this.#abortWhenGone()
    return this.#gone.signal
  }

  #abortWhenGone(): AbortController {
    const gone = new AbortController()
    this.#exchange.onClose(() => gone.abort())
    return gone
  }
}
