import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse, type ParsedUrlQuery } from 'node:querystring'
import type { Answerable } from './answerable.ts'
import type { Line } from './line.ts'
import type { Reply } from './reply.ts'
import { ShelvedExchange } from './shelved-exchange.ts'
import { writeReply } from './write-reply.ts'

/** One request and the way to answer it, as node:http hands them over: the same behind both doors. */
export class Exchange implements Answerable {
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
    const compressing = this.method === 'HEAD' ? undefined
      : this.#line.compression.begin(reply, this.request.headers['accept-encoding'])
    if (compressing === undefined) this.#write(reply)
    else compressing.then((compressed) => this.#write(compressed), () => this.#write(reply))
  }

  #write(reply: Reply): void {
    writeReply(this.request, this.#res, reply, this.id, this.#line)
  }

  /**
   * Takes the connection off node:http while the client waits, and gives what is left to answer to. Undefined where that
   * cannot be done: then all stays as it is. Of what was given to `onClose` nothing is called any more, only `whenGone`.
   */
  shelve(whenGone: () => void): Answerable | undefined {
    const { socket } = this.request
    const isTaken = this.#line.shelf.take(this.request, this.#res, whenGone)
    return isTaken ? new ShelvedExchange(this.id, socket, this.#line) : undefined
  }

  /** Calls `run` when the connection closes or the answer has been written, whichever comes first. */
  onClose(run: () => void): void {
    if (this.#res.destroyed) run()
    else this.#res.once('close', run)
  }
}
