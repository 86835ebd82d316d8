import type { Config } from '../config/config.ts'
import type { ListenerResource } from '../config/sections/listeners.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Metrics } from '../util/metrics.ts'
import { randomString } from '../util/random.ts'
import type { Random } from '../util/random.ts'
import { TimerWheel } from '../util/timer-wheel.ts'
import { createApp } from './app.ts'
import type { RequesterSource } from './authenticate.ts'
import { createClientAddress } from './client-address.ts'
import type { Endpoint } from './endpoint.ts'
import { createHttpMetrics } from './http-metrics.ts'
import type { Line } from './line.ts'
import { KEEP_ALIVE_MS, openListener } from './listener.ts'
import type { OpenListener } from './listener.ts'
import type { Page } from './page.ts'
import { createMetricsPage, createProbePages } from './probes.ts'
import type { Probes } from './probes.ts'
import { createRateLimits } from './rate-limit.ts'
import { rawResponse } from './raw-response.ts'
import { createRoutes, HOT_OPERATIONS } from './routes.ts'
import { Shelf } from './shelf.ts'
import { createSyncSocket, syncSocketPage } from './sync-socket.ts'
import type { SyncSource } from './sync-stream.ts'
import { createValidatorFactory } from './validate.ts'

/** What the front needs of the rest of the house. */
export interface FrontParts {
  readonly config: Pick<Config, 'listeners' | 'trustedProxies' | 'rateLimits' | 'accessTokens'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly requesters: RequesterSource
  readonly sync: SyncSource
  readonly endpoints: readonly Endpoint[]
  /** The operations that do not go through Koa, if not the usual ones. */
  readonly hotOperations?: readonly string[]
  readonly pages: readonly Page[]
  readonly probes: Probes
  /** Lets everyone who waits have an ordinary empty answer. */
  readonly drain: () => void
}

export interface Front {
  /** Opens every listener of the configuration, in its order. */
  listen(): Promise<readonly Address[]>
  /** Answers what has been asked, takes nothing new, and is done within ten seconds. */
  close(): Promise<void>
}

export type Address = Pick<OpenListener, 'url' | 'port'>

const CLOSE_MS = 8000

/** Builds the front: every operation and page composed once, and nothing listening yet. */
export function createFront(parts: FrontParts): Front {
  const { config, clock, log } = parts
  const timers = new TimerWheel(clock)
  const line: Line = { clock, timers, shelf: new Shelf(timers, KEEP_ALIVE_MS), keepAliveMs: KEEP_ALIVE_MS, isClosing: false }
  const nextRequestId = createRequestIds(parts.random)
  const shared = { requesters: parts.requesters, validatorsOf: createValidatorFactory(), timers, log }
  const routes = createRoutes({
    ...shared,
    clock,
    endpoints: parts.endpoints,
    hotOperations: parts.hotOperations ?? HOT_OPERATIONS,
    pages: pagesByResource(parts),
    allowTokenInQuery: config.accessTokens.allowInQuery,
    limitOf: createRateLimits(config.rateLimits, clock),
    clientAddress: createClientAddress(config.trustedProxies),
    metrics: createHttpMetrics(parts.metrics),
  })
  const socket = createSyncSocket({ ...shared, nextRequestId, sync: parts.sync })
  const open: OpenListener[] = []
  return {
    async listen() {
      for (const listener of config.listeners) {
        const app = createApp({ routes, resources: listener.resources, line, nextRequestId, log })
        const upgrade = listener.resources.includes('client') ? socket.upgrade : refuseUpgrade
        open.push(await openListener(listener, app, upgrade))
      }
      return open.map(({ url, port }) => ({ url, port }))
    },
    async close() {
      line.isClosing = true
      const closed = Promise.all(open.map((listener) => listener.close()))
      parts.drain()
      line.shelf.close()
      socket.close()
      const cancel = clock.setTimer(CLOSE_MS, () => {
        for (const listener of open) listener.cut()
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

/** Short names by which a line in the log and an answer find each other; no two starts share them. */
function createRequestIds(random: Random): () => string {
  const prefix = randomString(random, 4)
  let count = 0
  return () => `${prefix}${(count++).toString(36)}`
}

const refuseUpgrade: Parameters<typeof openListener>[2] = (_req, socket) => {
  socket.end(rawResponse('404 Not Found', JSON.stringify({ errcode: 'M_UNRECOGNIZED', error: 'There is no WebSocket here.' })))
}
