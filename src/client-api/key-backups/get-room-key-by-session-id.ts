import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /room_keys/keys/{roomId}/{sessionId}`: one key. Specification: Client-Server API, Server-side key backups. */
export function getRoomKeyBySessionId({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getRoomKeyBySessionId', async ({ params, query, requester }) => (
    encryption.keyBackups.getKey(requester.user, query.version, params)
  ))
}
