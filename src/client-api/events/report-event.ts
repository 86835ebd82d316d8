import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function reportEvent({ roomFinder, eventContexts, reports }: Pick<Services, 'roomFinder' | 'eventContexts' | 'reports'>) {
  return endpoint('reportEvent', async ({ params, body, requester }) => {
    const { roomId, eventId } = params
    await eventContexts.checkMemberSees(await roomFinder.getById(roomId), requester, eventId)
    await reports.add(requester.user, { roomId, eventId }, body.reason)
    return {}
  })
}
