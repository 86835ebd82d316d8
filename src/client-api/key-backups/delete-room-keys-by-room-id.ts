import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `DELETE /room_keys/keys/{roomId}`: deletes the keys of a room. Specification: Client-Server API, Server-side key backups. */
export function deleteRoomKeysByRoomId({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('deleteRoomKeysByRoomId', async ({ params: { roomId }, query, requester }) => (
    encryption.keyBackups.deleteKeys(requester.user, query.version, { roomId })
  ))
}
