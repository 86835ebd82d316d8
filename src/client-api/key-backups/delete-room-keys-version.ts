import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `DELETE /room_keys/version/{version}`: deletes a backup. Specification: Client-Server API, Server-side key backups. */
export function deleteRoomKeysVersion({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('deleteRoomKeysVersion', async ({ params, requester }) => {
    await encryption.keyBackups.delete(requester.user, params.version)
    return {}
  })
}
