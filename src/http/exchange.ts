import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import type { ParsedUrlQuery } from 'node:querystring'
import type { TimerWheel } from '../util/timer-wheel.ts'
import type { Reply } from './reply.ts'
import { writeReply } from './write-reply.ts'

/** One request and the way to answer it, as node:http hands them over: the same behind both doors. */
export class Exchange {
  readonly request: IncomingMessage
  readonly id: string
  readonly path: string
  readonly #search: string
  readonly #res: ServerResponse
  readonly #timers: TimerWheel
  #query: ParsedUrlQuery | undefined

  constructor(request: IncomingMessage, res: ServerResponse, id: string, timers: TimerWheel) {
    const target = request.url ?? '/'
    const mark = target.indexOf('?')
    this.request = request
    this.id = id
    this.path = mark < 0 ? target : target.slice(0, mark)
    this.#search = mark < 0 ? '' : target.slice(mark + 1)
    this.#res = res
    this.#timers = timers
  }

  get query(): ParsedUrlQuery {
    this.#query ??= parse(this.#search)
    return this.#query
  }

  send(reply: Reply): void {
    writeReply(this.request, this.#res, reply, this.id, this.#timers)
  }

  /** Whether the answer is out, or nobody is there any more to get it. */
  get isOver(): boolean {
    return this.#res.headersSent || this.#res.destroyed
  }

  /** Calls `run` when the connection closes or the answer has been written, whichever comes first. */
  onClose(run: () => void): void {
    this.#res.on('close', run)
  }
}
