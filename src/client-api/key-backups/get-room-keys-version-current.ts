import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /room_keys/version`: the latest backup. Specification: Client-Server API, Server-side key backups. */
export function getRoomKeysVersionCurrent({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getRoomKeysVersionCurrent', async ({ requester }) => encryption.keyBackups.get(requester.user))
}
