import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /room_keys/version/{version}`: a backup. Specification: Client-Server API, Server-side key backups. */
export function getRoomKeysVersion({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getRoomKeysVersion', async ({ params, requester }) => encryption.keyBackups.get(requester.user, params.version))
}
