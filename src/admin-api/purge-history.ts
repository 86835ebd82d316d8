import { endpoint } from '../http/endpoint.ts'
import { MatrixError } from '../matrix/errors.ts'
import type { PurgeLimit } from '../rooms/upkeep/history-purges.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'

export function purgeHistory({ roomFinder, historyPurges }: Pick<Services, 'roomFinder' | 'historyPurges'>) {
  return endpoint('purgeHistory', async ({ params, body, requester }) => {
    checkAdmin(requester)
    const room = await roomFinder.getById(params.roomId)
    const limit = limitOf(body.purge_up_to_event_id, body.purge_up_to_ts)
    return { purge_id: await historyPurges.begin(room, limit, body.delete_local_events ?? false) }
  })
}

function limitOf(eventId: string | undefined, ts: number | undefined): PurgeLimit {
  if (eventId !== undefined) return { eventId }
  if (ts !== undefined) return { ts }
  throw new MatrixError('M_BAD_JSON', 'Say up to where: purge_up_to_event_id or purge_up_to_ts.')
}
