import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /room_keys/keys`: all keys of a backup. Specification: Client-Server API, Server-side key backups. */
export function getRoomKeys({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getRoomKeys', async ({ query, requester }) => (
    { rooms: await encryption.keyBackups.getKeys(requester.user, query.version) }
  ))
}
