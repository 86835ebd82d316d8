import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getRoomIdByAlias({ roomFinder }: Pick<Services, 'roomFinder'>) {
  return endpoint('getRoomIdByAlias', async ({ params }) => {
    const { roomId, servers } = await roomFinder.locateAlias(params.roomAlias)
    return { room_id: roomId, servers }
  })
}
