import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../util/clock.ts'
import type { Answerable } from './answerable.ts'
import type { Line } from './line.ts'
import type { Reply } from './reply.ts'
import { headersOf } from './write-reply.ts'

/** What is left of an exchange whose connection is on the shelf. */
export class ShelvedExchange implements Answerable {
  readonly id: string
  readonly #socket: Socket
  readonly #line: Line

  constructor(id: string, socket: Socket, line: Line) {
    this.id = id
    this.#socket = socket
    this.#line = line
  }

  send(reply: Reply): void {
    this.#line.shelf.answer(this.#socket, formatReply(reply, this.id, this.#line))
  }
}

/** A whole HTTP response, with the headers that node:http adds by itself (RFC 9110, 6.6.1 Date; RFC 9112, 9.3 Persistence). */
function formatReply(reply: Reply, requestId: string, { isClosing, keepAliveMs, clock }: Line): string {
  const { status, body } = reply
  if (typeof body !== 'string') throw new TypeError('Who waits is answered with text')
  const headers = headersOf(reply, requestId)
  headers.push('date', httpDate(clock), 'content-length', String(Buffer.byteLength(body)))
  headers.push('connection', isClosing ? 'close' : 'keep-alive')
  if (!isClosing) headers.push('keep-alive', `timeout=${keepAliveMs / 1000}`)
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`
  return `${text}\r\n${body}`
}

function httpDate(clock: Clock): string {
  return new Date(clock.now()).toUTCString()
}
