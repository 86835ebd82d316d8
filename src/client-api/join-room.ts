import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function joinRoom({ roomFinder, membership }: Pick<Services, 'roomFinder' | 'membership'>) {
  return endpoint('joinRoom', async ({ params, body, requester }) => {
    const room = await roomFinder.getByIdOrAlias(params.roomIdOrAlias)
    await membership.join(requester, room, { reason: body.reason })
    return { room_id: room.roomId }
  })
}
