import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function forgetRoom({ membership }: Pick<Services, 'membership'>) {
  return endpoint('forgetRoom', async ({ params, requester }) => {
    await membership.forget(requester, params.roomId)
    return {}
  })
}
