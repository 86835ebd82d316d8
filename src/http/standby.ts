import type { IncomingMessage } from 'node:http'
import type { ListenerResource } from '../config/sections/listeners.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Metrics } from '../util/metrics.ts'
import type { Random } from '../util/random.ts'
import { TimerWheel } from '../util/timer-wheel.ts'
import { createApp } from './app.ts'
import { createClientAddress } from './client-address.ts'
import type { Answering, Tenant } from './doors.ts'
import { HandingOn } from './hand-on.ts'
import { createLine, createRequestIds } from './line.ts'
import { OperationTable } from './operation-table.ts'
import { composePage } from './page.ts'
import { createMetricsPage, createProbePages } from './probes.ts'
import { MOUNTS, type Route } from './routes.ts'

export interface StandbyParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly trustedProxies: readonly string[]
  /** By which the process that holds the leases knows us. */
  readonly secret: string
}

/** What answers at the doors of a process that holds no leases. */
export interface Standby extends Tenant {
  /** Where requests are handed on to; undefined while nobody holds the leases. */
  goTo(address: string | undefined): void
  /** Tells all who wait to come again. */
  letGo(): void
}

/** Hands on everything but what is asked about this process itself: its health and its measurements. */
export function createStandby({ clock, random, log, metrics, trustedProxies, secret }: StandbyParts): Standby {
  let owner: string | undefined
  const clientAddress = createClientAddress(trustedProxies)
  const handingOn = new HandingOn({ secret, clientAddress })
  const timers = new TimerWheel(clock)
  const pageParts = { clientAddress, timers, log }
  const probes = createProbePages({
    role: 'standby',
    live: [],
    ready: [{
      name: 'leases',
      findFault: async () => owner === undefined ? 'No process holds the leases; this one will take them.' : undefined,
    }],
  })
  const tables = new Map<ListenerResource, OperationTable<Route>>([['health', new OperationTable()], ['metrics', new OperationTable()]])
  for (const page of probes) tables.get('health')?.add(page, composePage(page, pageParts))
  const metricsPage = createMetricsPage(metrics)
  tables.get('metrics')?.add(metricsPage, composePage(metricsPage, pageParts))
  const line = createLine(clock, timers)
  const nextRequestId = createRequestIds(random)

  return {
    goTo(address) {
      owner = address
      handingOn.goTo(address)
    },
    letGo: () => handingOn.letGo(),
    answering(resources): Answering {
      const above = handingOn.answering(resources.filter((resource) => !tables.has(resource)))
      const own = resources.filter((resource) => tables.has(resource))
      const app = createApp({ routes: { tables, hot: new Map() }, resources: own, line, nextRequestId, log })
      const isOwn = createOwnPaths(own)
      return { ...above, onRequest: (req, res) => (isOwn(req) ? app : above.onRequest)(req, res) }
    },
  }
}

function createOwnPaths(resources: readonly ListenerResource[]): (req: IncomingMessage) => boolean {
  const paths = new Set(resources.flatMap((resource) => MOUNTS[resource]))
  return ({ url = '/' }) => paths.has(url.split('?', 1)[0] ?? '')
}
