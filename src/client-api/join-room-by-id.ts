import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function joinRoomById({ roomFinder, membership }: Pick<Services, 'roomFinder' | 'membership'>) {
  return endpoint('joinRoomById', async ({ params, body, requester }) => {
    const room = await roomFinder.getById(params.roomId)
    await membership.join(requester, room, { reason: body.reason })
    return { room_id: room.roomId }
  })
}
