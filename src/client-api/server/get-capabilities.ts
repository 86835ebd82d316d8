import { endpoint } from '../../http/endpoint.ts'
import { listRoomVersions } from '../../matrix/room-versions.ts'
import type { Services } from '../../services.ts'
import { unservedOperations } from '../../spec/unserved.ts'

const ROOM_VERSIONS = Object.fromEntries(listRoomVersions().map(({ id }) => [id, 'stable' as const]))

const isServed = (operationId: string) => !unservedOperations.client.some((unserved) => unserved === operationId)

/** `GET /capabilities`: what the user's client may offer. Specification: Client-Server API, 6 Capabilities negotiation. */
export function getCapabilities({ config }: Pick<Services, 'config'>) {
  return endpoint('getCapabilities', async ({ requester }) => ({
    capabilities: {
      'm.room_versions': { default: config.rooms.defaultVersion, available: ROOM_VERSIONS },
      'm.change_password': { enabled: !requester.isGuest },
      'm.profile_fields': { enabled: !requester.isGuest },
      // Deprecated, but where they are missing some clients take them for forbidden.
      'm.set_displayname': { enabled: true },
      'm.set_avatar_url': { enabled: !requester.isGuest },
      'm.3pid_changes': { enabled: isServed('add3PID') },
      ...(requester.isAdmin ? { 'm.account_moderation': { suspend: true, lock: true } } : {}),
      'm.get_login_token': { enabled: isServed('generateLoginToken') },
    },
  }))
}
