import type { ListenerResource } from '../config/sections/listeners.ts'
import type { Endpoint } from './endpoint.ts'
import type { Exchange } from './exchange.ts'
import { describeOperation } from './operation.ts'
import { OperationTable } from './operation-table.ts'
import { composePage, type Page } from './page.ts'
import { composePipeline, type PipelineParts } from './pipeline.ts'

/** Carries out a request whose path has been understood. Never throws. */
export type Route = (exchange: Exchange, params: Record<string, string>) => Promise<void>

export interface Routes {
  /** Everything that a kind of listener answers. */
  readonly tables: ReadonlyMap<ListenerResource, OperationTable<Route>>
  /** The few operations that most requests are for. */
  readonly hot: ReadonlyMap<ListenerResource, OperationTable<Route>>
}

export interface RoutesParts extends PipelineParts {
  readonly endpoints: readonly Endpoint[]
  readonly hotOperations: readonly string[]
  /** Pages by the kind of listener that shows them. */
  readonly pages: ReadonlyMap<ListenerResource, readonly Page[]>
}

/** The paths of each API, as they are mounted on the front. */
export const MOUNTS: Readonly<Record<ListenerResource, readonly string[]>> = {
  client: ['/_matrix/client', '/_matrix/media', '/_matrix/static', '/_synapse', '/_hearth', '/.well-known', '/'],
  federation: ['/_matrix/federation', '/_matrix/key', '/.well-known'],
  metrics: ['/metrics'],
  health: ['/livez', '/readyz', '/health'],
}

const RESOURCES: readonly ListenerResource[] = ['client', 'federation', 'metrics', 'health']

/** Nearly all that clients and other servers ask for once they have started. */
export const HOT_OPERATIONS: readonly string[] = ['sync', 'sendMessage', 'getRoomEvents', 'sendTransaction']

/** Composes the way of every operation that is served and of every page, once, at the start. */
export function createRoutes(parts: RoutesParts): Routes {
  const tables = new Map(RESOURCES.map((resource) => [resource, new OperationTable<Route>()]))
  const hot = new Map(RESOURCES.map((resource) => [resource, new OperationTable<Route>()]))
  for (const endpoint of parts.endpoints) {
    const operation = describeOperation(endpoint.side, endpoint.operationId)
    const pipeline = composePipeline(operation, endpoint, parts)
    for (const resource of resourcesOf(operation.path)) {
      tables.get(resource)?.add(operation, pipeline)
      if (parts.hotOperations.includes(endpoint.operationId)) hot.get(resource)?.add(operation, pipeline)
    }
  }
  for (const [resource, pages] of parts.pages) {
    for (const page of pages) tables.get(resource)?.add(page, composePage(page, parts))
  }
  return { tables, hot }
}

/** The kinds of listener that answer a path: discovery is asked for on both ports. */
function resourcesOf(path: string): ListenerResource[] {
  return RESOURCES.filter((resource) => MOUNTS[resource].some((mount) => mount !== '/' && path.startsWith(`${mount}/`)))
}
