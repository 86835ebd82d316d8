import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/publicRooms`: our list of public rooms. */
export function getPublicRooms({ directory }: Pick<Services, 'directory'>) {
  return federationEndpoint('getPublicRooms', async ({ query }) => {
    const { limit, since, include_all_networks: includeAllNetworks, third_party_instance_id: instanceId } = query
    return directory.listOwn({ limit, since, includeAllNetworks, instanceId })
  })
}
