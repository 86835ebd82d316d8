import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { canonicalJson } from '../matrix/canonical-json.ts'
import { parseInSlices } from '../matrix/json-in-slices.ts'
import { isJsonObject, LOSSLESS, ownValue, parseJson, type JsonObject } from '../matrix/json.ts'
import type { SigningKey } from '../matrix/signing.ts'
import { xMatrixHeader } from '../matrix/x-matrix.ts'
import { inSlices } from '../util/yield.ts'
import type { Destinations } from './destinations.ts'
import type { OpenAnswer, WholeAnswer } from './guarded-client.ts'
import type { NoAnswer, RemoteFailure, RemoteOutcome } from './outcome.ts'
import type { FederationPolicy } from './policy.ts'
import type { ServerClient, ServerRequest } from './server-client.ts'

export interface SignedRequestOptions {
  /** From the first step to the last byte; 30 seconds unless told. */
  readonly timeoutMs?: number
  readonly sizeBytesMax?: number
  readonly signal?: AbortSignal
  /** Asks even a server that is to be left alone, for who keeps a schedule, or does it for a person who waits. */
  readonly ignoreBackOff?: boolean
  /** The answer is a pair of a status and an object, as in the first version of some operations. */
  readonly isPair?: boolean
}

export interface SignedRequestsParts {
  readonly client: Pick<ServerClient, 'request' | 'open'>
  readonly policy: FederationPolicy
  readonly destinations: Pick<Destinations, 'downUntil' | 'noteSuccess' | 'noteFailure'>
  readonly serverName: string
  readonly signingKey: SigningKey
}

export interface RemoteStream {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Whoever gets it reads it to its end or destroys it. */
  readonly body: Readable
}

/** A body, or its Canonical JSON where a retry has to be the same to the byte. */
export type RequestBody = JsonObject | string

interface Ask {
  readonly method: ServerRequest['method']
  readonly path: string
  readonly body?: RequestBody
}

const TIMEOUT_MS = 30_000
const SIZE_BYTES_MAX = 100 * 1024 * 1024
const ERROR_BYTES_MAX = 64 * 1024

/** No answer of the server behind it, but of what stands before it. */
const GATEWAY_STATUS_MIN = 502

/** Requests to other servers in the name of this one (Server-Server API, Request Authentication). Never throws. */
export class SignedRequests {
  readonly #parts: SignedRequestsParts

  constructor(parts: SignedRequestsParts) {
    this.#parts = parts
  }

  get(destination: string, path: string, options?: SignedRequestOptions): Promise<RemoteOutcome<JsonObject>> {
    return this.#ask(destination, { method: 'GET', path }, options)
  }

  put(destination: string, path: string, body: RequestBody, options?: SignedRequestOptions): Promise<RemoteOutcome<JsonObject>> {
    return this.#ask(destination, { method: 'PUT', path, body }, options)
  }

  post(destination: string, path: string, body: RequestBody, options?: SignedRequestOptions): Promise<RemoteOutcome<JsonObject>> {
    return this.#ask(destination, { method: 'POST', path, body }, options)
  }

  /** A GET whose answer is no JSON, and too large to be held. */
  async open(destination: string, path: string, options: SignedRequestOptions = {}): Promise<RemoteOutcome<RemoteStream>> {
    const objection = this.#findObjection(destination, options)
    if (objection !== undefined) return objection
    const answer = await this.#parts.client.open(destination, this.#sign(destination, { method: 'GET', path }, options))
    if (!answer.ok) return this.#unreachable(destination, answer)
    if (isSuccess(answer.status)) {
      this.#parts.destinations.noteSuccess(destination)
      return { ok: true, value: answer }
    }
    const body = await readStart(answer)
    return this.#refused(destination, { ...answer, body })
  }

  async #ask(destination: string, ask: Ask, options: SignedRequestOptions = {}): Promise<RemoteOutcome<JsonObject>> {
    const objection = this.#findObjection(destination, options)
    if (objection !== undefined) return objection
    const answer = await this.#parts.client.request(destination, this.#sign(destination, ask, options))
    if (!answer.ok) return this.#unreachable(destination, answer)
    if (!isSuccess(answer.status)) return this.#refused(destination, answer)
    const value = await readAnswer(answer.body, options)
    if (value === undefined) {
      const message = `${destination} did not answer with a JSON object.`
      return this.#unreachable(destination, { ok: false, problem: 'protocol', message })
    }
    this.#parts.destinations.noteSuccess(destination)
    return { ok: true, value }
  }

  #findObjection(destination: string, { ignoreBackOff = false }: SignedRequestOptions): { ok: false } & RemoteFailure | undefined {
    const message = this.#parts.policy.findObjection(destination)
    if (message !== undefined) return { ok: false, reason: 'not-allowed', message }
    const until = ignoreBackOff ? undefined : this.#parts.destinations.downUntil(destination)
    if (until === undefined) return undefined
    return { ok: false, reason: 'down', until, message: `${destination} did not answer of late and is left alone for a while.` }
  }

  #sign(destination: string, { method, path, body }: Ask, options: SignedRequestOptions): ServerRequest {
    const { serverName: origin, signingKey } = this.#parts
    const content = typeof body === 'object' ? canonicalJson(body) : body
    const authorization = xMatrixHeader({ method, uri: path, origin, destination, content }, signingKey)
    return {
      method, path, body: content,
      headers: { authorization, accept: 'application/json', ...(content === undefined ? {} : { 'content-type': 'application/json' }) },
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      sizeBytesMax: options.sizeBytesMax ?? SIZE_BYTES_MAX,
      signal: options.signal,
    }
  }

  #unreachable(destination: string, { problem, message }: NoAnswer): { ok: false } & RemoteFailure {
    if (problem !== 'aborted') this.#parts.destinations.noteFailure(destination, message)
    return { ok: false, reason: 'unreachable', problem, message }
  }

  #refused(destination: string, { status, headers, body: bytes }: WholeAnswer): { ok: false } & RemoteFailure {
    const body = readError(bytes)
    const errcode = textOf(body, 'errcode')
    const message = textOf(body, 'error') ?? `${destination} answered with status ${status}.`
    // Whoever does not accept our signature, or has enough of us, is left alone like one that is not there.
    if (status === 401 || status === 429 || status >= GATEWAY_STATUS_MIN) {
      this.#parts.destinations.noteFailure(destination, `${status}: ${message}`, { retryAfterMs: retryAfterMs(headers, body) })
    } else this.#parts.destinations.noteSuccess(destination)
    return { ok: false, reason: 'answered', status, errcode, message, body }
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** An error is short; what is longer is none that could be read. */
function readError(bytes: Buffer): JsonObject | undefined {
  if (bytes.length > ERROR_BYTES_MAX) return undefined
  const parsed = parseJson(bytes, LOSSLESS)
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined
}

/** A state with all its members may be as large as that; nobody else has to wait for it. */
async function readAnswer(bytes: Buffer, { isPair = false }: SignedRequestOptions): Promise<JsonObject | undefined> {
  const parsed = await inSlices(parseInSlices(bytes))
  if (!parsed.ok) return undefined
  const value = isPair && Array.isArray(parsed.value) ? parsed.value[1] : parsed.value
  return isJsonObject(value) ? value : undefined
}

function textOf(body: JsonObject | undefined, key: string): string | undefined {
  const value = body === undefined ? undefined : ownValue(body, key)
  return typeof value === 'string' ? value : undefined
}

function retryAfterMs(headers: IncomingHttpHeaders, body: JsonObject | undefined): number {
  const inBody = body === undefined ? undefined : ownValue(body, 'retry_after_ms')
  const seconds = Number(headers['retry-after'] ?? 0)
  return Math.max(0, typeof inBody === 'number' ? inBody : 0, Number.isFinite(seconds) ? seconds * 1000 : 0)
}

async function readStart({ body }: OpenAnswer): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size > ERROR_BYTES_MAX) break
    }
  } catch {
    return Buffer.alloc(0)
  }
  return Buffer.concat(chunks)
}
