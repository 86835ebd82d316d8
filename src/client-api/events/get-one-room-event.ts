import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import type { Services } from '../../services.ts'

export function getOneRoomEvent({ roomFinder, eventContexts }: Pick<Services, 'roomFinder' | 'eventContexts'>) {
  return endpoint('getOneRoomEvent', async ({ params, requester }) => {
    const room = await roomFinder.getById(params.roomId)
    return preSerialized(await eventContexts.event(room, requester, params.eventId))
  })
}
