import { endpoint } from '../../http/endpoint.ts'
import { missingParam } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

/** `POST /_matrix/client/v3/rooms/{roomId}/invite`: of a user, or of whoever has an address. */
export function inviteUser({ rooms, membership, addressInvites }: Pick<Services, 'rooms' | 'membership' | 'addressInvites'>) {
  return endpoint('inviteUser', async ({ params, body, requester }) => {
    const { user_id: userId, id_server, id_access_token, medium, address } = body
    const room = await rooms.get(params.roomId)
    if (userId !== undefined) await membership.invite(requester, room, userId, { reason: body.reason })
    else if (id_server === undefined || id_access_token === undefined || medium === undefined || address === undefined) {
      throw missingParam('Neither user_id nor an address is there.')
    } else await addressInvites.invite(requester, room, { id_server, id_access_token, medium, address })
    return {}
  })
}
