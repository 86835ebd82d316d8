import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `POST /_matrix/federation/v1/publicRooms`: those of our public rooms that fit a filter. */
export function queryPublicRooms({ directory }: Pick<Services, 'directory'>) {
  return federationEndpoint('queryPublicRooms', async ({ body: { limit, since, filter } }) => (
    directory.listOwn({ limit, since, searchTerm: filter?.generic_search_term, roomTypes: filter?.room_types })
  ))
}
