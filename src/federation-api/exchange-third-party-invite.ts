import { federationEndpoint } from '../http/endpoint.ts'
import { invalidParam } from '../matrix/errors.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v1/exchange_third_party_invite/{roomId}` */
export function exchangeThirdPartyInvite({ thirdPartyInvites }: Pick<Services, 'thirdPartyInvites'>) {
  return federationEndpoint('exchangeThirdPartyInvite', async ({ origin, params: { roomId }, body }) => {
    const { type, room_id: inRoom, sender, state_key: userId, content: { membership, third_party_invite: invite } } = body
    if (inRoom !== roomId) throw invalidParam('The event is of another room than the path.')
    if (type !== 'm.room.member' || membership !== 'invite') throw invalidParam('This is no invite.')
    await thirdPartyInvites.exchange(origin, { roomId, sender, userId, signed: { ...invite.signed } })
    return {}
  })
}
