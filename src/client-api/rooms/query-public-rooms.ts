import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function queryPublicRooms({ directory }: Pick<Services, 'directory'>) {
  return endpoint('queryPublicRooms', async ({ query, body }) => {
    const { limit, since, filter, include_all_networks: includeAllNetworks, third_party_instance_id: instanceId } = body
    return directory.list({
      limit, since, includeAllNetworks, instanceId,
      server: query.server, searchTerm: filter?.generic_search_term, roomTypes: filter?.room_types,
    })
  })
}
