import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function logoutAll({ sessions }: Pick<Services, 'sessions'>) {
  return endpoint('logout_all', async ({ requester }) => {
    await sessions.endAll(requester.user)
    return {}
  })
}
