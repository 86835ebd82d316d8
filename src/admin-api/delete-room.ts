import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'

export function deleteRoom({ roomDeletions }: Pick<Services, 'roomDeletions'>) {
  return endpoint('deleteRoom', async ({ params, body, requester }) => {
    checkAdmin(requester)
    return { delete_id: await roomDeletions.begin(requester, params.roomId, body) }
  })
}
