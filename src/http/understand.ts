import type { Requester } from '../users/requester.ts'
import { canonicalJson } from '../matrix/canonical-json.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Log } from '../util/log.ts'
import type { TimerWheel } from '../util/timer-wheel.ts'
import { authenticateFor, type AuthenticateOptions } from './authenticate.ts'
import { bodyLimitsOf, jsonRulesOf, parseBody, readBody, refuseByHeaders } from './body.ts'
import type { Exchange } from './exchange.ts'
import { HandlerRequest } from './handler-request.ts'
import type { DescribedOperation } from './operation.ts'
import type { OriginLimits } from './origin-limits.ts'
import type { Limit } from './rate-limit.ts'
import { readClaim, verifyClaim, type OriginSource } from './signature.ts'
import type { ValidatorFactory } from './validate.ts'

export interface UnderstandParts extends AuthenticateOptions {
  readonly originLimits: OriginLimits
  readonly validatorsOf: ValidatorFactory
  readonly clientAddress: (request: Exchange['request']) => string
  /** Undefined where other servers are not answered. */
  readonly origins?: OriginSource | undefined
  readonly timers: TimerWheel
  readonly log: Log
}

/** From a request to what its handler is told, or an error. */
export type Understand = (exchange: Exchange, params: Record<string, string>) => Promise<HandlerRequest>

/** In this order an unknown caller never makes us read a body, and one who asks too often makes us do no work. */
export function composeUnderstanding(operation: DescribedOperation, limit: Limit | undefined, parts: UnderstandParts): Understand {
  const { timers, log, clientAddress } = parts
  const authenticate = authenticateFor(operation, parts)
  const validate = parts.validatorsOf(operation)
  const bodyLimits = bodyLimitsOf(operation)
  const reading = { mayBeEmpty: operation.method !== 'PUT', rules: jsonRulesOf(operation) }

  async function read({ request }: Exchange): Promise<unknown> {
    if (bodyLimits !== undefined) return validate.body(parseBody(await readBody(request, bodyLimits, timers), reading))
    if (operation.body === 'none') return undefined
    // Whoever takes bytes says itself how many.
    refuseByHeaders(request.headers, Infinity)
    return request
  }

  return async (exchange, rawParams) => {
    const { request, query: rawQuery } = exchange
    const ip = clientAddress(request)
    let requester: Requester | undefined
    if (authenticate !== undefined) requester = await authenticate({ authorization: request.headers.authorization, query: rawQuery })
    if (requester !== undefined) parts.requesters.sawRequester?.(requester, ip, request.headers['user-agent'])
    limit?.before(requester, ip)
    const params = validate.params(rawParams)
    const query = validate.query(rawQuery)
    const body = await read(exchange)
    return new HandlerRequest({ params, query, body, requester, origin: undefined, ip }, exchange, log)
  }
}

/**
 * The same for an operation of other servers. Their signature covers the body, which is read before it can be checked, and
 * is checked as it was written: another server may have passed on numbers in a form that is not ours.
 */
export function composeSignedUnderstanding(operation: DescribedOperation, limit: Limit | undefined, parts: UnderstandParts): Understand {
  const { origins, originLimits, timers, log, clientAddress } = parts
  if (origins === undefined) throw new Error(`${operation.operationId} is for servers, and nobody here knows their keys`)
  const validate = parts.validatorsOf(operation)
  const bodyLimits = bodyLimitsOf(operation)
  const reading = { mayBeEmpty: operation.method !== 'PUT', rules: jsonRulesOf(operation) }
  async function readSigned(request: Exchange['request'], known: OriginSource): Promise<{ origin: string, json: JsonObject | undefined }> {
    const claim = readClaim(request, known)
    const bytes = bodyLimits === undefined ? undefined : await readBody(request, bodyLimits, timers)
    const json = bytes === undefined ? undefined : parseBody(bytes, reading)
    const content = json === undefined || bytes?.length === 0 ? undefined : canonicalJson(json)
    await verifyClaim(claim, request, content, known)
    return { origin: claim.origin, json }
  }

  return async (exchange, rawParams) => {
    const { request } = exchange
    const ip = clientAddress(request)
    const { origin, json } = await originLimits.read(ip, sizeOf(request), () => readSigned(request, origins))
    limit?.before(undefined, ip)
    const params = validate.params(rawParams)
    const query = validate.query(exchange.query)
    const body = json === undefined ? undefined : validate.body(json)
    return new HandlerRequest({ params, query, body, requester: undefined, origin, ip }, exchange, log)
  }
}

const UNTOLD_BYTES = 1024 * 1024

/** How large a body says that it is; one that does not say it counts as large. */
export function sizeOf({ headers }: Pick<Exchange['request'], 'headers'>): number {
  if (headers['transfer-encoding'] !== undefined) return UNTOLD_BYTES
  return Number(headers['content-length'] ?? 0)
}
