import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getJoinedMembersByRoom({ rooms, memberLists }: Pick<Services, 'rooms' | 'memberLists'>) {
  return endpoint('getJoinedMembersByRoom', async ({ params, requester }) => {
    return { joined: await memberLists.mapJoined(await rooms.get(params.roomId), requester.userId) }
  })
}
