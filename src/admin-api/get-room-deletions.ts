import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'
import { describeDeletion } from './room-deletion.ts'

export function getRoomDeletions({ roomDeletions }: Pick<Services, 'roomDeletions'>) {
  return endpoint('getRoomDeletions', async ({ params, requester }) => {
    checkAdmin(requester)
    return { results: (await roomDeletions.listOf(params.roomId)).map(describeDeletion) }
  })
}
