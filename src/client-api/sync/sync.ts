import { waitingEndpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function sync({ sync: source }: Pick<Services, 'sync'>) {
  return waitingEndpoint('sync', ({ requester, query }, waiter) => source.wait(requester, query, waiter))
}
