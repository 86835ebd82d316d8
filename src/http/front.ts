import type { Config } from '../config/config.ts'
import type { ListenerResource } from '../config/sections/listeners.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Metrics } from '../util/metrics.ts'
import type { Random } from '../util/random.ts'
import { TimerWheel } from '../util/timer-wheel.ts'
import { createApp } from './app.ts'
import type { RequesterSource } from './authenticate.ts'
import { createClientAddress } from './client-address.ts'
import { Doors, type Address, type Tenant } from './doors.ts'
import type { Endpoint } from './endpoint.ts'
import { createHttpMetrics } from './http-metrics.ts'
import type { InnerDoor } from './inner-door.ts'
import { createLine, createRequestIds } from './line.ts'
import type { UpgradeListener } from './listener.ts'
import type { Page } from './page.ts'
import { OriginLimits } from './origin-limits.ts'
import { createMetricsPage, createProbePages, type Probes } from './probes.ts'
import { createRateLimits } from './rate-limit.ts'
import { rawResponse } from './raw-response.ts'
import { createRoutes, HOT_OPERATIONS } from './routes.ts'
import type { OriginSource } from './signature.ts'
import { createSyncSocket, syncSocketPage } from './sync-socket.ts'
import type { SyncSource } from './sync-stream.ts'
import type { Tenure } from './tenure.ts'
import { createValidatorFactory } from './validate.ts'

/** What the front needs of the rest of the house. */
export interface FrontParts {
  readonly config: Pick<Config, 'listeners' | 'trustedProxies' | 'rateLimits' | 'accessTokens'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly requesters: RequesterSource
  /** Undefined where no operation of other servers is served. */
  readonly origins?: OriginSource
  readonly sync: SyncSource
  readonly endpoints: readonly Endpoint[]
  /** The operations that do not go through Koa, if not the usual ones. */
  readonly hotOperations?: readonly string[]
  readonly pages: readonly Page[]
  readonly probes: Probes
  /** Whether what is in memory is still true. */
  readonly tenure: Tenure
  /** Open already where this process stood by before. */
  readonly doors?: Doors
  /** Where other processes hand their requests on to this one. */
  readonly inner?: InnerDoor | undefined
  /** Lets everyone who waits have an ordinary empty answer. */
  readonly drain: () => void
}

export interface Front {
  /** Opens every listener of the configuration, in its order. */
  listen(): Promise<readonly Address[]>
  /** Answers what has been asked, takes nothing new, and is done within ten seconds. */
  close(): Promise<void>
}

const CLOSE_MS = 8000

/** Builds the front: every operation and page composed once, and nothing listening yet. */
export function createFront(parts: FrontParts): Front {
  const { config, clock, log, tenure, inner, doors = new Doors(config.listeners, parts) } = parts
  const clientAddress = createClientAddress(config.trustedProxies)
  const timers = new TimerWheel(clock)
  const line = createLine(clock, timers)
  const nextRequestId = createRequestIds(parts.random)
  const shared = { requesters: parts.requesters, validatorsOf: createValidatorFactory(), timers, log, tenure }
  const routes = createRoutes({
    ...shared,
    clock,
    endpoints: parts.endpoints,
    hotOperations: parts.hotOperations ?? HOT_OPERATIONS,
    pages: pagesByResource(parts),
    allowTokenInQuery: config.accessTokens.allowInQuery,
    limitOf: createRateLimits(config.rateLimits, clock),
    origins: parts.origins,
    originLimits: new OriginLimits(config.rateLimits, clock),
    clientAddress: (request) => inner?.addressOf(request) ?? clientAddress(request),
    metrics: createHttpMetrics(parts.metrics),
  })
  const socket = createSyncSocket({ ...shared, nextRequestId, sync: parts.sync })
  const tenant: Tenant = {
    answering: (resources) => ({
      onRequest: createApp({ routes, resources, line, nextRequestId, log }),
      onUpgrade: resources.includes('client') ? socket.upgrade : refuseUpgrade,
    }),
  }
  return {
    listen() {
      inner?.letIn(tenant)
      return doors.letIn(tenant)
    },
    async close() {
      line.isClosing = true
      const closed = Promise.all([doors.close(), inner?.close()])
      parts.drain()
      line.shelf.close()
      socket.close()
      const cancel = clock.setTimer(CLOSE_MS, () => {
        doors.cut()
        inner?.cut()
        line.shelf.cut()
      })
      await closed
      cancel()
    },
  }
}

function pagesByResource({ pages, probes, metrics }: FrontParts): ReadonlyMap<ListenerResource, readonly Page[]> {
  return new Map<ListenerResource, readonly Page[]>([
    ['client', [...pages, syncSocketPage]],
    ['metrics', [createMetricsPage(metrics)]],
    ['health', createProbePages(probes)],
  ])
}

const refuseUpgrade: UpgradeListener = (_req, socket) => {
  socket.end(rawResponse('404 Not Found', JSON.stringify({ errcode: 'M_UNRECOGNIZED', error: 'There is no WebSocket here.' })))
}
