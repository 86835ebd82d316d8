import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** Who reports a room need not be in it, and is not told whether it exists (Client-Server API, Reporting Content). */
export function reportRoom({ reports }: Pick<Services, 'reports'>) {
  return endpoint('reportRoom', async ({ params, body, requester }) => {
    await reports.add(requester.user, { roomId: params.roomId }, body.reason)
    return {}
  })
}
