import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function deleteRoomAlias({ roomFinder, aliases }: Pick<Services, 'roomFinder' | 'aliases'>) {
  return endpoint('deleteRoomAlias', async ({ params, requester }) => {
    const { room_id } = await aliases.get(params.roomAlias)
    await aliases.remove(params.roomAlias, await roomFinder.getById(room_id), requester)
    return {}
  })
}
