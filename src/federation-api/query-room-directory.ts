import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/query/directory`: the room behind an alias of ours. */
export function queryRoomDirectory({ roomFinder }: Pick<Services, 'roomFinder'>) {
  return federationEndpoint('queryRoomDirectory', async ({ query }) => {
    const { roomId, servers } = await roomFinder.locateOwn(query.room_alias)
    return { room_id: roomId, servers }
  })
}
