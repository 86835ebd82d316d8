import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { getCapabilities } from './get-capabilities.ts'
import { getTurnServer } from './get-turn-server.ts'
import { getVersions } from './get-versions.ts'
import { getWellknown } from './get-wellknown.ts'
import { getWellknownPolicy } from './get-wellknown-policy.ts'
import { getWellknownSupport } from './get-wellknown-support.ts'

/** The server itself, and what it names to clients. */
export const serverEndpoints: readonly ((services: Services) => Endpoint)[] = [
  getVersions,
  getWellknown,
  getWellknownSupport,
  getWellknownPolicy,
  getCapabilities,
  getTurnServer,
]
