import type { IncomingHttpHeaders } from 'node:http'
import { Transform, type Readable } from 'node:stream'
import { errors, type Dispatcher } from 'undici'
import type { Clock } from '../util/clock.ts'
import { messageOf } from '../util/message-of.ts'
import type { Dialling, Endpoint } from './dial.ts'
import { noAnswer, RequestFault, type NoAnswer } from './outcome.ts'
import { Pools } from './pools.ts'

export interface GuardedClientParts extends Dialling {
  /** What we call ourselves; some that stand before servers turn away whoever has no name. */
  readonly userAgent: string
}

export interface GuardedRequest {
  readonly endpoint: Endpoint
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** With the query, encoded. */
  readonly path: string
  /** In lower case; `host` is among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** From the first step to the last byte. */
  readonly timeoutMs: number
  readonly sizeBytesMax: number
  readonly signal?: AbortSignal | undefined
}

export interface OpenAnswer {
  readonly ok: true
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Fails with a RequestFault when it takes too long or is too large. */
  readonly body: Readable
}

export interface WholeAnswer extends Omit<OpenAnswer, 'body'> {
  readonly body: Buffer
}

/**
 * The one door to other machines: it connects to addresses that were checked alone, and holds every answer to its
 * limits of time and size.
 */
export class GuardedClient {
  readonly #pools: Pools
  readonly #clock: Clock
  readonly #userAgent: string

  constructor(parts: GuardedClientParts) {
    this.#pools = new Pools(parts)
    this.#clock = parts.clock
    this.#userAgent = parts.userAgent
  }

  /** The whole answer, whatever its status. */
  async request(request: GuardedRequest): Promise<WholeAnswer | NoAnswer> {
    const answer = await this.open(request)
    if (!answer.ok) return answer
    try {
      const chunks: Buffer[] = []
      for await (const chunk of answer.body) chunks.push(chunk)
      return { ...answer, body: Buffer.concat(chunks) }
    } catch (error) {
      return noAnswer(faultOf(error))
    }
  }

  /** The head of the answer and a body that is still to be read. Whoever gets it reads it or destroys it. */
  async open(request: GuardedRequest): Promise<OpenAnswer | NoAnswer> {
    const deadline = new Deadline(request, this.#clock)
    try {
      const { statusCode: status, headers, body } = await this.#send(request, deadline.signal)
      const fault = faultInHead(headers, request.sizeBytesMax)
      if (fault === undefined) return { ok: true, status, headers, body: limit(body, request.sizeBytesMax, deadline) }
      body.on('error', () => undefined).destroy()
      throw fault
    } catch (error) {
      deadline.clear()
      return noAnswer(deadline.fault ?? faultOf(error))
    }
  }

  close(): Promise<void> {
    return this.#pools.close()
  }

  async #send({ endpoint, method, path, headers, body, timeoutMs }: GuardedRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const pool = this.#pools.get(endpoint)
    // The deadline is ours; the limits of the library are only there for the case that ours is longer than its own.
    const options = {
      method, path, body: body ?? null, signal, headersTimeout: timeoutMs, bodyTimeout: timeoutMs,
      headers: { 'user-agent': this.#userAgent, ...headers },
    }
    try {
      return await pool.request(options)
    } catch (error) {
      // The other end may close a kept connection at the very moment in which we use it.
      if (method === 'POST' || codeOf(error) !== 'UND_ERR_SOCKET' || signal.aborted) throw error
      return pool.request(options)
    }
  }
}

/** Ends a request when its time is over, or when nobody wants to know any more. */
class Deadline {
  readonly #controller = new AbortController()
  readonly #cancel: () => void
  readonly #outer: AbortSignal | undefined
  fault: RequestFault | undefined

  constructor({ timeoutMs, signal }: GuardedRequest, clock: Clock) {
    this.#cancel = clock.setTimer(timeoutMs, () => this.#end(new RequestFault('time', `There was no whole answer within ${timeoutMs} ms.`)))
    this.#outer = signal
    if (signal?.aborted) this.#onAbort()
    else signal?.addEventListener('abort', this.#onAbort)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  clear(): void {
    this.#cancel()
    this.#outer?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => this.#end(new RequestFault('aborted', 'The request was given up.'))

  #end(fault: RequestFault): void {
    this.fault ??= fault
    this.#controller.abort(this.fault)
  }
}

/** No answer may be compressed: what is small on the line could be endless in memory, and we ask for nothing like it. */
function faultInHead(headers: IncomingHttpHeaders, sizeBytesMax: number): RequestFault | undefined {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    return new RequestFault('protocol', 'The answer is compressed, though that was not asked for.')
  }
  return Number(headers['content-length'] ?? 0) > sizeBytesMax ? tooLarge(sizeBytesMax) : undefined
}

function limit(body: Readable, sizeBytesMax: number, deadline: Deadline): Readable {
  let size = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > sizeBytesMax) done(tooLarge(sizeBytesMax))
      else done(null, chunk)
    },
    destroy(error, done) {
      deadline.clear()
      body.on('error', () => undefined).destroy()
      done(error)
    },
  })
  body.on('error', (error) => counted.destroy(deadline.fault ?? faultOf(error)))
  return body.pipe(counted)
}

function tooLarge(sizeBytesMax: number): RequestFault {
  return new RequestFault('size', `The answer is larger than ${sizeBytesMax} bytes.`)
}

function faultOf(error: unknown): RequestFault {
  if (error instanceof RequestFault) return error
  const code = codeOf(error)
  const message = messageOf(error)
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return new RequestFault('time', 'The answer took too long.')
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new RequestFault('size', 'The headers of the answer are too large.')
  if (error instanceof errors.HTTPParserError || code.startsWith('UND_ERR_RES')) {
    return new RequestFault('protocol', `The answer is not HTTP: ${message}.`)
  }
  return new RequestFault('broken', `The connection broke: ${message}.`)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
