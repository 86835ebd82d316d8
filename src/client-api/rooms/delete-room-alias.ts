import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function deleteRoomAlias({ roomFinder, aliases, sending }: Pick<Services, 'roomFinder' | 'aliases' | 'sending'>) {
  return endpoint('deleteRoomAlias', async ({ params: { roomAlias }, requester }) => {
    const { room_id } = await aliases.get(roomAlias)
    const room = await roomFinder.getById(room_id)
    await aliases.remove(roomAlias, room, requester)
    await sending.withdrawAlias(requester, room, roomAlias)
    return {}
  })
}
