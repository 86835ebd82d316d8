import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `PUT /room_keys/keys/{roomId}`: backs up keys of a room. Specification: Client-Server API, Server-side key backups. */
export function putRoomKeysByRoomId({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('putRoomKeysByRoomId', async ({ params, query, body, requester }) => (
    encryption.keyBackups.putKeys(requester.user, query.version, Object.fromEntries([[params.roomId, body]]))
  ))
}
