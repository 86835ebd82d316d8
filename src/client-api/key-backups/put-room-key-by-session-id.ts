import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `PUT /room_keys/keys/{roomId}/{sessionId}`: backs up one key. Specification: Client-Server API, Server-side key backups. */
export function putRoomKeyBySessionId({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('putRoomKeyBySessionId', async ({ params, query, body, requester }) => (
    encryption.keyBackups.putKeys(requester.user, query.version, Object.fromEntries([
      [params.roomId, { sessions: Object.fromEntries([[params.sessionId, body]]) }],
    ]))
  ))
}
