import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function leaveRoom({ roomFinder, membership }: Pick<Services, 'roomFinder' | 'membership'>) {
  return endpoint('leaveRoom', async ({ params, body, requester }) => {
    await membership.leave(requester, await roomFinder.getById(params.roomId), { reason: body.reason })
    return {}
  })
}
