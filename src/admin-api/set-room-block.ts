import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'

export function setRoomBlock({ roomBlocks }: Pick<Services, 'roomBlocks'>) {
  return endpoint('setRoomBlock', async ({ params, body, requester }) => {
    checkAdmin(requester)
    if (body.block) await roomBlocks.block(params.roomId, requester.user)
    else await roomBlocks.unblock(params.roomId)
    return { block: body.block }
  })
}
