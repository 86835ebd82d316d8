import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import { notFound } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

/** One event of whichever room; deprecated in favour of `getOneRoomEvent`. */
export function getOneEvent({ events, rooms, eventContexts }: Pick<Services, 'events' | 'rooms' | 'eventContexts'>) {
  return endpoint('getOneEvent', async ({ params: { eventId }, requester }) => {
    const event = await events.findById(eventId)
    const room = event === undefined ? undefined : await rooms.find(event.roomId)
    if (room === undefined) throw notFound('There is no such event, or you may not see it.')
    return preSerialized(await eventContexts.event(room, requester, eventId))
  })
}
