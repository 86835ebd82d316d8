import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function unban({ rooms, membership }: Pick<Services, 'rooms' | 'membership'>) {
  return endpoint('unban', async ({ params, body, requester }) => {
    await membership.unban(requester, await rooms.get(params.roomId), body.user_id, { reason: body.reason })
    return {}
  })
}
