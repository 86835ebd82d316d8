import { Readable } from 'node:stream'
import type { Clock } from '../util/clock.ts'
import type { Answerable } from './answerable.ts'
import type { Endpoint } from './endpoint.ts'
import { ClientGone, errorReply, UNAVAILABLE } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { HttpMetrics } from './http-metrics.ts'
import type { DescribedOperation } from './operation.ts'
import { ParkedWaiter, type Lot } from './parked-waiter.ts'
import type { Limit } from './rate-limit.ts'
import { jsonReply, Reply } from './reply.ts'
import type { Tenure } from './tenure.ts'
import { composeSignedUnderstanding, composeUnderstanding, sizeOf, type UnderstandParts } from './understand.ts'

/** What every pipeline is made with. */
export interface PipelineParts extends UnderstandParts {
  readonly limitOf: (operationId: string) => Limit | undefined
  readonly clock: Clock
  readonly tenure: Tenure
  readonly metrics: HttpMetrics
}

/** Carries out one request of one operation, from the access token to the answer. Never throws. */
export type Pipeline = (exchange: Exchange, params: Record<string, string>) => Promise<void>

/** The way of a request, composed once for each operation: who asks, whether too often, what they say, and the handler. */
export function composePipeline(operation: DescribedOperation, { run }: Endpoint, parts: PipelineParts): Pipeline {
  const { clock, log, originLimits } = parts
  const limit = parts.limitOf(operation.operationId)
  const compose = operation.auth === 'signature' ? composeSignedUnderstanding : composeUnderstanding
  const understand = compose(operation, limit, parts)
  const lot = createLot(operation.operationId, run.kind === 'waits', parts)
  return async (exchange, params) => {
    const startMs = clock.monotonicMs()
    try {
      const request = await understand(exchange, params)
      if (run.kind === 'waits') {
        await run.handle(request, new ParkedWaiter(exchange, lot, startMs))
        return
      }
      const { origin } = request
      const result = await (origin === undefined
        ? run.handle(request)
        : originLimits.run(origin, sizeOf(exchange.request), () => run.handle(request)))
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
