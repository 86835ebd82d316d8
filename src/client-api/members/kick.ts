import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function kick({ rooms, membership }: Pick<Services, 'rooms' | 'membership'>) {
  return endpoint('kick', async ({ params, body, requester }) => {
    await membership.kick(requester, await rooms.get(params.roomId), body.user_id, { reason: body.reason })
    return {}
  })
}
