import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getJoinedRooms({ members }: Pick<Services, 'members'>) {
  return endpoint('getJoinedRooms', async ({ requester }) => {
    const rooms = await members.roomsOf(requester.user)
    return { joined_rooms: [...rooms.values()].filter(({ membership }) => membership === 'join').map(({ roomId }) => roomId) }
  })
}
