import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function logout({ sessions }: Pick<Services, 'sessions'>) {
  return endpoint('logout', async ({ requester }) => {
    await sessions.logout(requester)
    return {}
  })
}
