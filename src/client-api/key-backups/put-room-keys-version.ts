import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `PUT /room_keys/version/{version}`: how a backup is authenticated. Specification: Client-Server API, Server-side key backups. */
export function putRoomKeysVersion({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('putRoomKeysVersion', async ({ params, body, requester }) => {
    await encryption.keyBackups.update(requester.user, params.version, body)
    return {}
  })
}
