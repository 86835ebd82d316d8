import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /room_keys/keys/{roomId}`: the keys of a room. Specification: Client-Server API, Server-side key backups. */
export function getRoomKeysByRoomId({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getRoomKeysByRoomId', async ({ params, query, requester }) => (
    encryption.keyBackups.getRoomKeys(requester.user, query.version, params.roomId)
  ))
}
