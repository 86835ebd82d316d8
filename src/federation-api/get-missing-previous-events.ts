import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `POST /_matrix/federation/v1/get_missing_events/{roomId}`: what lies between events that a server has and later ones. */
export function getMissingPreviousEvents({ servedRooms }: Pick<Services, 'servedRooms'>) {
  return federationEndpoint('getMissingPreviousEvents', async ({ params, body, origin }) => ({
    events: await servedRooms.listMissing(origin, params.roomId, {
      earliest: body.earliest_events, latest: body.latest_events, limit: body.limit, depthMin: body.min_depth,
    }),
  }))
}
