import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ListenerResource } from '../config/sections/listeners.ts'
import { CORS_HEADERS } from './cors.ts'
import type { Answering } from './doors.ts'
import { UNAVAILABLE } from './errors.ts'
import { INNER_HEADERS } from './inner-door.ts'
import { rawResponse } from './raw-response.ts'

export interface HandingOnParts {
  readonly secret: string
  readonly clientAddress: (request: IncomingMessage) => string
}

/** Headers of one hop (RFC 9110, 7.6.1), and those whose word counts between our own processes only. */
const OF_ONE_HOP = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'upgrade', 'expect',
  'x-forwarded-for', ...Object.values(INNER_HEADERS),
])

/**
 * Hands whole requests on to the process that holds the leases, and its answers back, both as they come. What cannot be handed
 * on is answered 503: it may come again, and what carries a transaction id is done once all the same.
 */
export class HandingOn {
  readonly #parts: HandingOnParts
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity, scheduling: 'lifo' })
  readonly #underWay = new Set<ClientRequest>()
  readonly #streams = new Set<Duplex>()
  #owner: URL | undefined

  constructor(parts: HandingOnParts) {
    this.#parts = parts
  }

  /** Where requests go from now on; what waits at another place is let go. */
  goTo(address: string | undefined): void {
    if (address === this.#owner?.origin) return
    this.#owner = address === undefined ? undefined : new URL(address)
    this.letGo()
  }

  /** Tells all who wait to come again. */
  letGo(): void {
    for (const upstream of this.#underWay) upstream.destroy(new Error('The request is let go'))
    for (const stream of this.#streams) stream.destroy()
    this.#agent.destroy()
  }

  answering(resources: readonly ListenerResource[]): Answering {
    const named = resources.join(',')
    return {
      onRequest: (req, res) => this.#handOn(req, res, named),
      onUpgrade: (req, socket, head) => this.#handOnUpgrade(req, socket, head, named),
    }
  }

  #handOn(req: IncomingMessage, res: ServerResponse, resources: string): void {
    const upstream = this.#ask(req, this.#headersFor(req, resources))
    if (upstream === undefined) {
      refuse(res)
      return
    }
    upstream.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, withoutHops(answer.rawHeaders))
      answer.on('error', () => res.destroy())
      answer.pipe(res)
    })
    upstream.on('error', () => {
      if (res.headersSent) res.destroy()
      else refuse(res)
    })
    res.on('close', () => upstream.destroy())
    req.pipe(upstream)
  }

  #handOnUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer, resources: string): void {
    socket.on('error', () => socket.destroy())
    const headers = [...this.#headersFor(req, resources), 'connection', 'upgrade', 'upgrade', req.headers.upgrade ?? '']
    const upstream = this.#ask(req, headers)
    if (upstream === undefined) {
      socket.end(UNAVAILABLE_RAW)
      return
    }
    upstream.on('upgrade', (answer, above, aboveHead) => {
      socket.write(headOf(answer))
      socket.write(aboveHead)
      above.write(head)
      this.#join(socket, above)
    })
    upstream.on('response', (answer) => {
      socket.write(headOf(answer))
      answer.pipe(socket)
    })
    upstream.on('error', () => socket.end(UNAVAILABLE_RAW))
    socket.on('close', () => upstream.destroy())
    upstream.end()
  }

  #join(socket: Duplex, above: Duplex): void {
    this.#streams.add(above)
    above.on('error', () => above.destroy())
    above.on('close', () => {
      this.#streams.delete(above)
      socket.destroy()
    })
    socket.on('close', () => above.destroy())
    socket.pipe(above)
    above.pipe(socket)
  }

  #ask(req: IncomingMessage, headers: readonly string[]): ClientRequest | undefined {
    if (this.#owner === undefined) return undefined
    const { hostname, port } = this.#owner
    const upstream = httpRequest({
      // The address of IPv6 stands in brackets in a URL, and nowhere else.
      host: hostname.replace(/^\[(.*)\]$/, '$1'), port, method: req.method, path: req.url, headers: [...headers], agent: this.#agent,
    })
    this.#underWay.add(upstream)
    upstream.on('close', () => this.#underWay.delete(upstream))
    return upstream
  }

  #headersFor(req: IncomingMessage, resources: string): string[] {
    const { secret, clientAddress } = this.#parts
    return [
      ...withoutHops(req.rawHeaders),
      INNER_HEADERS.secret, secret, INNER_HEADERS.address, clientAddress(req), INNER_HEADERS.resources, resources,
    ]
  }
}

const UNAVAILABLE_RAW = rawResponse('503 Service Unavailable', String(UNAVAILABLE.body), { 'retry-after': '1' })

function refuse(res: ServerResponse): void {
  const headers = [...CORS_HEADERS]
  for (const name in UNAVAILABLE.headers) headers.push(name, UNAVAILABLE.headers[name] ?? '')
  res.writeHead(UNAVAILABLE.status, headers)
  res.end(String(UNAVAILABLE.body))
}

function withoutHops(rawHeaders: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!OF_ONE_HOP.has(name.toLowerCase())) kept.push(name, rawHeaders[at + 1] ?? '')
  }
  return kept
}

/** The head of an answer as it came. */
function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  let text = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`
  for (let at = 0; at < rawHeaders.length; at += 2) text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`
  return `${text}\r\n`
}
