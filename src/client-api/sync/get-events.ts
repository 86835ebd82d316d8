import { waitingEndpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getEvents({ sync }: Pick<Services, 'sync'>) {
  return waitingEndpoint('getEvents', ({ requester, query }, waiter) => sync.listen(requester, query, waiter))
}
