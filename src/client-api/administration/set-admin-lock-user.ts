import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setAdminLockUser({ accountModeration }: Pick<Services, 'accountModeration'>) {
  return endpoint('setAdminLockUser', async ({ params, body: { locked }, requester }) => {
    await accountModeration.set(requester, params.userId, { locked })
    return { locked }
  })
}
