import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/timestamp_to_event/{roomId}`: the event nearest to a moment. */
export function getEventByTimestamp({ servedRooms }: Pick<Services, 'servedRooms'>) {
  return federationEndpoint('getEventByTimestamp', async ({ params, query, origin }) => {
    const event = await servedRooms.getEventByTimestamp(origin, params.roomId, query)
    return { event_id: event.eventId, origin_server_ts: event.originServerTs }
  })
}
