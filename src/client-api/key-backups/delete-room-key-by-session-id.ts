import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `DELETE /room_keys/keys/{roomId}/{sessionId}`: deletes one key. Specification: Client-Server API, Server-side key backups. */
export function deleteRoomKeyBySessionId({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('deleteRoomKeyBySessionId', async ({ params, query, requester }) => (
    encryption.keyBackups.deleteKeys(requester.user, query.version, params)
  ))
}
