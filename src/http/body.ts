import type { IncomingMessage } from 'node:http'
import { MatrixError } from '../matrix/errors.ts'
import { isJsonObject, LOSSLESS, parseJson, STRICT, type JsonObject, type ParseJsonOptions } from '../matrix/json.ts'
import type { TimerWheel } from '../util/timer-wheel.ts'
import { ClientGone } from './errors.ts'
import type { Operation } from './operation.ts'

export interface BodyLimits {
  readonly sizeBytesMax: number
  /** How long the whole body may take to arrive. */
  readonly timeoutMs: number
}

const DEFAULT_LIMITS: BodyLimits = { sizeBytesMax: 200 * 65_536, timeoutMs: 60_000 }

// Whoever has no account yet has little to say, and must not fill our memory.
const UNAUTHENTICATED_LIMITS: BodyLimits = { sizeBytesMax: 128 * 1024, timeoutMs: 20_000 }

// An event has at most 65,536 bytes; written with escapes, each of them can take six.
const EVENT_LIMITS: BodyLimits = { sizeBytesMax: 6 * 65_536, timeoutMs: 20_000 }

const EVENT_OPERATIONS: ReadonlySet<string> = new Set(['sendMessage', 'setRoomStateWithKey', 'redactEvent'])

/** What these keep for clients is never signed, and may hold fractions: the order of a tag is one. */
const FRACTION_OPERATIONS: ReadonlySet<string> = new Set([
  'setRoomTag', 'setAccountData', 'setAccountDataPerRoom', 'setProfileField', 'setPushRule', 'setPushRuleActions',
])

/** How the body of an operation is read: nothing of what other servers signed may be lost. */
export function jsonRulesOf({ operationId, auth }: Operation): ParseJsonOptions {
  if (auth === 'signature') return LOSSLESS
  return { ...STRICT, numbers: FRACTION_OPERATIONS.has(operationId) ? 'any' : 'strict' }
}

/** How much an operation may be told; undefined where it reads no JSON. */
export function bodyLimitsOf({ operationId, body, auth }: Operation): BodyLimits | undefined {
  if (body !== 'json') return undefined
  if (EVENT_OPERATIONS.has(operationId)) return EVENT_LIMITS
  return auth === 'none' ? UNAUTHENTICATED_LIMITS : DEFAULT_LIMITS
}

/** What of a request a body is read from. */
export type BodySource = Pick<IncomingMessage, 'headers' | 'on' | 'off' | 'pause' | 'destroyed'>

/**
 * Refuses by the headers alone what nobody will read: bodies that are too large, compressed, or forms. A compressed
 * body could be a bomb, and a form no operation takes.
 */
export function refuseByHeaders(headers: IncomingMessage['headers'], sizeBytesMax: number): void {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new MatrixError('M_UNKNOWN', 'Compressed request bodies are not read here.', { status: 415 })
  }
  if (headers['content-type']?.trimStart().toLowerCase().startsWith('multipart/') === true) {
    throw new MatrixError('M_UNKNOWN', 'Forms are not read here.', { status: 415 })
  }
  if (Number(headers['content-length'] ?? 0) > sizeBytesMax) throw tooLarge(sizeBytesMax)
}

/** The bytes of a body. Reads by events: an async iterator costs more than all else that happens to a small request. */
export function readBody(source: BodySource, { sizeBytesMax, timeoutMs }: BodyLimits, timers: TimerWheel): Promise<Buffer> {
  refuseByHeaders(source.headers, sizeBytesMax)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const timer = timers.add(timeoutMs, () => finish(() => reject(tooSlow())))
  function finish(settle: () => void): void {
    timers.cancel(timer)
    source.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
    settle()
  }
  function onData(chunk: Buffer): void {
    size += chunk.length
    chunks.push(chunk)
    if (size <= sizeBytesMax) return
    source.pause()
    finish(() => reject(tooLarge(sizeBytesMax)))
  }
  function onEnd(): void {
    const [first] = chunks
    finish(() => resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size)))
  }
  function onGone(): void {
    finish(() => reject(new ClientGone()))
  }
  if (source.destroyed) onGone()
  else source.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  return promise
}

/**
 * The JSON object of a body. The type that a client gives its body is not looked at (Client-Server API, 2 API
 * Standards: JSON is assumed). Errors: M_NOT_JSON, M_BAD_JSON. An empty body counts as `{}` where `mayBeEmpty`.
 */
export function parseBody(bytes: Buffer, { mayBeEmpty, rules }: { mayBeEmpty: boolean, rules: ParseJsonOptions }): JsonObject {
  if (bytes.length === 0 && mayBeEmpty) return {}
  const parsed = parseJson(bytes, rules)
  if (!parsed.ok) {
    throw new MatrixError(parsed.reason === 'not-json' ? 'M_NOT_JSON' : 'M_BAD_JSON', parsed.message)
  }
  if (!isJsonObject(parsed.value)) throw new MatrixError('M_BAD_JSON', 'The body must be a JSON object.')
  return parsed.value
}

function tooLarge(sizeBytesMax: number): MatrixError {
  return new MatrixError('M_TOO_LARGE', `The body is larger than ${sizeBytesMax} bytes.`)
}

function tooSlow(): MatrixError {
  return new MatrixError('M_UNKNOWN', 'The body took too long to arrive.', { status: 408 })
}
