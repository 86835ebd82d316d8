import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import type { Services } from '../../services.ts'

export function getMembersByRoom({ rooms, memberLists, clientEvents }: Pick<Services, 'rooms' | 'memberLists' | 'clientEvents'>) {
  return endpoint('getMembersByRoom', async ({ params, query, requester }) => {
    const { at, membership, not_membership: notMembership } = query
    const room = await rooms.get(params.roomId)
    const events = await memberLists.list(room, requester, { at, membership, notMembership })
    const texts = await clientEvents.format(events, { reader: requester, withRoomId: true })
    return preSerialized(`{"chunk":[${texts.join(',')}]}`)
  })
}
