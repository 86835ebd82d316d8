import { Readable } from 'node:stream'
import type { Requester } from '../users/requester.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { TimerWheel } from '../util/timer-wheel.ts'
import type { Answerable } from './answerable.ts'
import { authenticateFor } from './authenticate.ts'
import type { AuthenticateOptions } from './authenticate.ts'
import { bodyLimitsOf, numbersOf, parseBody, readBody, refuseByHeaders } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import { ClientGone, errorReply, UNAVAILABLE } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { HandlerRequest } from './handler-request.ts'
import type { HttpMetrics } from './http-metrics.ts'
import type { DescribedOperation } from './operation.ts'
import { ParkedWaiter } from './parked-waiter.ts'
import type { Lot } from './parked-waiter.ts'
import type { Limit } from './rate-limit.ts'
import { jsonReply, Reply } from './reply.ts'
import type { Tenure } from './tenure.ts'
import type { ValidatorFactory } from './validate.ts'

/** What every pipeline is made with. */
export interface PipelineParts extends AuthenticateOptions {
  readonly limitOf: (operationId: string) => Limit | undefined
  readonly validatorsOf: ValidatorFactory
  readonly clientAddress: (request: Exchange['request']) => string
  readonly clock: Clock
  readonly timers: TimerWheel
  readonly tenure: Tenure
  readonly log: Log
  readonly metrics: HttpMetrics
}

/** Carries out one request of one operation, from the access token to the answer. Never throws. */
export type Pipeline = (exchange: Exchange, params: Record<string, string>) => Promise<void>

type Understand = (exchange: Exchange, params: Record<string, string>) => Promise<HandlerRequest>

/** The way of a request, composed once for each operation: who asks, whether too often, what they say, and the handler. */
export function composePipeline(operation: DescribedOperation, { run }: Endpoint, parts: PipelineParts): Pipeline {
  const { clock, log } = parts
  const limit = parts.limitOf(operation.operationId)
  const understand = composeUnderstanding(operation, limit, parts)
  const lot = createLot(operation.operationId, run.kind === 'waits', parts)
  return async (exchange, params) => {
    const startMs = clock.monotonicMs()
    try {
      const request = await understand(exchange, params)
      if (run.kind === 'waits') {
        await run.handle(request, new ParkedWaiter(exchange, lot, startMs))
        return
      }
      const result = await run.handle(request)
      limit?.after(request.requester, request.ip)
      lot.answer(exchange, result instanceof Reply ? result : jsonReply(200, result), startMs)
    } catch (error) {
      // A handler that takes bytes meets itself the end of a connection.
      lot.fail(exchange, error === exchange.request.errored ? new ClientGone() : error, startMs)
    }
  }

  function createLot(operationId: string, waits: boolean, { metrics, timers, tenure }: PipelineParts): Lot {
    const measure = metrics.of(operationId)
    /** What was read from memory is told only while it is known to be true, which is looked at here, where it leaves. */
    function answer(exchange: Answerable, reply: Reply, startMs: number): void {
      if (tenure.isSure()) write(exchange, reply, startMs)
      else void tenure.confirm().then((isOurs) => write(exchange, isOurs ? reply : withdraw(reply), startMs))
    }
    function write(exchange: Answerable, reply: Reply, startMs: number): void {
      exchange.send(reply)
      const tookMs = clock.monotonicMs() - startMs
      measure(reply.status, waits ? undefined : tookMs / 1000)
      log.debug({ requestId: exchange.id, operation: operationId, status: reply.status, tookMs }, 'Answered')
    }
    return {
      timers,
      answer,
      fail(exchange, error, startMs) {
        if (!(error instanceof ClientGone)) answer(exchange, errorReply(error, log, exchange.id), startMs)
      },
    }
  }
}

function withdraw({ body }: Reply): Reply {
  if (body instanceof Readable) body.destroy()
  return UNAVAILABLE
}

/** In this order an unknown caller never makes us read a body, and one who asks too often makes us do no work. */
function composeUnderstanding(operation: DescribedOperation, limit: Limit | undefined, parts: PipelineParts): Understand {
  const { timers, log, clientAddress } = parts
  const authenticate = authenticateFor(operation, parts)
  const validate = parts.validatorsOf(operation)
  const bodyLimits = bodyLimitsOf(operation)
  const reading = { mayBeEmpty: operation.method !== 'PUT', numbers: numbersOf(operation) }

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
    return new HandlerRequest({ params, query, body, requester, ip }, exchange, log)
  }
}
