import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'
import { describeDeletion } from './room-deletion.ts'

export function getRoomDeletion({ roomDeletions }: Pick<Services, 'roomDeletions'>) {
  return endpoint('getRoomDeletion', async ({ params, requester }) => {
    checkAdmin(requester)
    return describeDeletion(await roomDeletions.get(params.deleteId))
  })
}
