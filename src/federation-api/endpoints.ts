import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { bulkPerspectivesKeyQuery } from './bulk-perspectives-key-query.ts'
import { exchangeOpenIdToken } from './exchange-open-id-token.ts'
import { getServerKey } from './get-server-key.ts'
import { getVersion } from './get-version.ts'
import { getWellKnown } from './get-well-known.ts'
import { perspectivesKeyQuery } from './perspectives-key-query.ts'

/** Every operation that other servers are served, by area. */
export const federationEndpoints: readonly ((services: Services) => Endpoint)[] = [
  // The server itself.
  getVersion,
  getWellKnown,
  getServerKey,
  perspectivesKeyQuery,
  bulkPerspectivesKeyQuery,
  // People and what is theirs.
  exchangeOpenIdToken,
]
