import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import type { Services } from '../../services.ts'

export function initialSync({ sync }: Pick<Services, 'sync'>) {
  return endpoint('initialSync', async ({ query, requester }) => preSerialized(await sync.snapshots.ofAccount(requester, query)))
}
