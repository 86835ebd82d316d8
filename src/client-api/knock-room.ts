import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function knockRoom({ roomFinder, membership }: Pick<Services, 'roomFinder' | 'membership'>) {
  return endpoint('knockRoom', async ({ params, body, requester }) => {
    const room = await roomFinder.getByIdOrAlias(params.roomIdOrAlias)
    await membership.knock(requester, room, { reason: body.reason })
    return { room_id: room.roomId }
  })
}
