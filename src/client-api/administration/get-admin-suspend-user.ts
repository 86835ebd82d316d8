import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getAdminSuspendUser({ accountModeration }: Pick<Services, 'accountModeration'>) {
  return endpoint('getAdminSuspendUser', async ({ params, requester }) => {
    const { suspended } = await accountModeration.get(requester, params.userId)
    return { suspended }
  })
}
