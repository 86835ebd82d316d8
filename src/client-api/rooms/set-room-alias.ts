import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setRoomAlias({ roomFinder, aliases }: Pick<Services, 'roomFinder' | 'aliases'>) {
  return endpoint('setRoomAlias', async ({ params, body, requester }) => {
    aliases.checkLocal(params.roomAlias)
    await aliases.claim(params.roomAlias, await roomFinder.getById(body.room_id), requester)
    return {}
  })
}
