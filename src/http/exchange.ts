import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import type { ParsedUrlQuery } from 'node:querystring'
import type { Line } from './line.ts'
import type { Reply } from './reply.ts'
import { writeReply } from './write-reply.ts'

/** One request and the way to answer it, as node:http hands them over: the same behind both doors. */
export class Exchange {
  readonly request: IncomingMessage
  readonly id: string
  readonly path: string
  readonly #search: string
  readonly #res: ServerResponse
  readonly #line: Line
  #query: ParsedUrlQuery | undefined

  constructor(request: IncomingMessage, res: ServerResponse, id: string, line: Line) {
    const target = request.url ?? '/'
    const mark = target.indexOf('?')
    this.request = request
    this.id = id
    this.path = mark < 0 ? target : target.slice(0, mark)
    this.#search = mark < 0 ? '' : target.slice(mark + 1)
    this.#res = res
    this.#line = line
  }

  get method(): string {
    return this.request.method ?? 'GET'
  }

  get query(): ParsedUrlQuery {
    this.#query ??= parse(this.#search)
    return this.#query
  }

  send(reply: Reply): void {
    writeReply(this.request, this.#res, reply, this.id, this.#line)
  }

  /** Calls `run` when the connection closes or the answer has been written, whichever comes first. */
  onClose(run: () => void): void {
    if (this.#res.destroyed) run()
    else this.#res.once('close', run)
  }
}
