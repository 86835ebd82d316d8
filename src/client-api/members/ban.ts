import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function ban({ rooms, membership }: Pick<Services, 'rooms' | 'membership'>) {
  return endpoint('ban', async ({ params, body, requester }) => {
    await membership.ban(requester, await rooms.get(params.roomId), body.user_id, { reason: body.reason })
    return {}
  })
}
