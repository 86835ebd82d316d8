import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function reportUser({ reports }: Pick<Services, 'reports'>) {
  return endpoint('reportUser', async ({ params, body, requester }) => {
    await reports.add(requester.user, { userId: params.userId }, body.reason)
    return {}
  })
}
