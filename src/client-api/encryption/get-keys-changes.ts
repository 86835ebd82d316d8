import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /keys/changes`: whose keys changed between two syncs. Specification: Client-Server API, Key management API. */
export function getKeysChanges({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getKeysChanges', ({ query, requester }) => encryption.deviceKeys.listChanges(requester.user, query))
}
