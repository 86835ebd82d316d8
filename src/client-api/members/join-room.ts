import { endpoint } from '../../http/endpoint.ts'
import { joinOptions } from '../../rooms/join-options.ts'
import type { Services } from '../../services.ts'

export function joinRoom(
  { roomEntries, roomFinder, thirdPartyInvites }: Pick<Services, 'roomEntries' | 'roomFinder' | 'thirdPartyInvites'>,
) {
  return endpoint('joinRoom', async ({ params, query, body, requester }) => {
    const via = [...query.via ?? [], ...query.server_name ?? []]
    const { third_party_signed: signed } = body
    if (signed !== undefined) {
      const { roomId } = await roomFinder.locate(params.roomIdOrAlias)
      await thirdPartyInvites.redeem(requester.userId, roomId, { ...signed })
    }
    return { room_id: await roomEntries.join(requester, params.roomIdOrAlias, { via, ...joinOptions(body) }) }
  })
}
