import { endpoint } from '../../http/endpoint.ts'
import { invalidParam } from '../../matrix/errors.ts'
import { isRoomId } from '../../matrix/ids.ts'
import { joinOptions } from '../../rooms/join-options.ts'
import type { Services } from '../../services.ts'

export function joinRoomById({ roomEntries, thirdPartyInvites }: Pick<Services, 'roomEntries' | 'thirdPartyInvites'>) {
  return endpoint('joinRoomById', async ({ params: { roomId }, body, requester }) => {
    if (!isRoomId(roomId)) throw invalidParam('That is not a room id.')
    if (body.third_party_signed !== undefined) await thirdPartyInvites.redeem(requester.userId, roomId, { ...body.third_party_signed })
    return { room_id: await roomEntries.join(requester, roomId, joinOptions(body)) }
  })
}
