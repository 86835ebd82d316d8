import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import type { Services } from '../../services.ts'

export function roomInitialSync({ rooms, sync }: Pick<Services, 'rooms' | 'sync'>) {
  return endpoint('roomInitialSync', async ({ params, query, requester }) => (
    preSerialized(await sync.snapshots.ofRoom(await rooms.get(params.roomId), requester, query))
  ))
}
