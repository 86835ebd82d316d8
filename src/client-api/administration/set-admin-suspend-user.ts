import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setAdminSuspendUser({ accountModeration }: Pick<Services, 'accountModeration'>) {
  return endpoint('setAdminSuspendUser', async ({ params, body: { suspended }, requester }) => {
    await accountModeration.set(requester, params.userId, { suspended })
    return { suspended }
  })
}
