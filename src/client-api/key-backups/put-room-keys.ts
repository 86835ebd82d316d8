import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `PUT /room_keys/keys`: backs up keys. Specification: Client-Server API, Server-side key backups. */
export function putRoomKeys({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('putRoomKeys', async ({ query, body, requester }) => (
    encryption.keyBackups.putKeys(requester.user, query.version, body.rooms)
  ))
}
