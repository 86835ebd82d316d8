import { endpoint } from '../../http/endpoint.ts'
import { jsonReply } from '../../http/reply.ts'
import type { Services } from '../../services.ts'

export function getMutualRooms({ mutualRooms }: Pick<Services, 'mutualRooms'>) {
  return endpoint('getMutualRooms', async ({ query, requester }) => (
    jsonReply(200, await mutualRooms.list(requester, query.user_id, query.from))
  ))
}
