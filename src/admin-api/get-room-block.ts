import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'

export function getRoomBlock({ roomBlocks }: Pick<Services, 'roomBlocks'>) {
  return endpoint('getRoomBlock', async ({ params, requester }) => {
    checkAdmin(requester)
    if (!roomBlocks.isBlocked(params.roomId)) return { block: false }
    const blocker = await roomBlocks.findBlocker(params.roomId)
    return { block: true, ...(blocker === undefined ? {} : { user_id: blocker }) }
  })
}
