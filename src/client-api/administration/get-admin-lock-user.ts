import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getAdminLockUser({ accountModeration }: Pick<Services, 'accountModeration'>) {
  return endpoint('getAdminLockUser', async ({ params, requester }) => {
    const { locked } = await accountModeration.get(requester, params.userId)
    return { locked }
  })
}
