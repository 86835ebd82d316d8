import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'

export function purgeHistoryBefore({ roomFinder, historyPurges }: Pick<Services, 'roomFinder' | 'historyPurges'>) {
  return endpoint('purgeHistoryBefore', async ({ params, body, requester }) => {
    checkAdmin(requester)
    const room = await roomFinder.getById(params.roomId)
    return { purge_id: await historyPurges.begin(room, { eventId: params.eventId }, body.delete_local_events ?? false) }
  })
}
