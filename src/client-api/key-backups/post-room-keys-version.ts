import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `POST /room_keys/version`: begins a backup. Specification: Client-Server API, Server-side key backups. */
export function postRoomKeysVersion({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('postRoomKeysVersion', async ({ body, requester }) => (
    { version: await encryption.keyBackups.create(requester.user, body) }
  ))
}
