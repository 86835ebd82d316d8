import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `DELETE /room_keys/keys`: deletes all keys of a backup. Specification: Client-Server API, Server-side key backups. */
export function deleteRoomKeys({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('deleteRoomKeys', async ({ query, requester }) => encryption.keyBackups.deleteKeys(requester.user, query.version))
}
