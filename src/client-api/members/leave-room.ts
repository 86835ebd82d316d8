import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function leaveRoom({ roomEntries }: Pick<Services, 'roomEntries'>) {
  return endpoint('leaveRoom', async ({ params, body, requester }) => {
    await roomEntries.leave(requester, params.roomId, { reason: body.reason })
    return {}
  })
}
