import { endpoint } from '../http/endpoint.ts'
import { invalidParam } from '../matrix/errors.ts'
import { isRoomId } from '../matrix/ids.ts'
import { joinOptions } from '../rooms/join-options.ts'
import type { Services } from '../services.ts'

export function joinRoomById({ roomEntries }: Pick<Services, 'roomEntries'>) {
  return endpoint('joinRoomById', async ({ params, body, requester }) => {
    if (!isRoomId(params.roomId)) throw invalidParam('That is not a room id.')
    return { room_id: await roomEntries.join(requester, params.roomId, joinOptions(body)) }
  })
}
