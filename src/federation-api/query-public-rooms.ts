import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `POST /_matrix/federation/v1/publicRooms`: those of our public rooms that fit a filter. */
export function queryPublicRooms({ directory }: Pick<Services, 'directory'>) {
  return federationEndpoint('queryPublicRooms', async ({ body }) => {
    const { limit, since, filter, include_all_networks: includeAllNetworks, third_party_instance_id: instanceId } = body
    return directory.listOwn({
      limit, since, includeAllNetworks, instanceId, searchTerm: filter?.generic_search_term, roomTypes: filter?.room_types,
    })
  })
}
