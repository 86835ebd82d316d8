import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /_matrix/client/v1/rooms/{roomId}/timestamp_to_event`: the event nearest to a moment. */
export function getEventByTimestamp({ rooms, eventsByTime }: Pick<Services, 'rooms' | 'eventsByTime'>) {
  return endpoint('getEventByTimestamp', async ({ params, query, requester }) => {
    const event = await eventsByTime.get(await rooms.get(params.roomId), requester, query)
    return { event_id: event.eventId, origin_server_ts: event.originServerTs }
  })
}
