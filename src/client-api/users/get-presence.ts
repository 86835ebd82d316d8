import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getPresence({ presence }: Pick<Services, 'presence'>) {
  return endpoint('getPresence', ({ params, requester }) => presence.get(requester.user, params.userId))
}
