import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { getCapabilities } from './get-capabilities.ts'
import { getVersions } from './get-versions.ts'
import { getWellknown } from './get-wellknown.ts'

/** Every operation that clients are served, by area. */
export const clientEndpoints: readonly ((services: Services) => Endpoint)[] = [
  // The server itself.
  getVersions,
  getWellknown,
  getCapabilities,
]
