import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v1/3pid/onbind`: asked by identity servers, which sign nothing but the invites. */
export function onBindThirdPartyIdentifier({ thirdPartyInvites }: Pick<Services, 'thirdPartyInvites'>) {
  return federationEndpoint('onBindThirdPartyIdentifier', async ({ body }) => {
    await thirdPartyInvites.bind(body.mxid, body.invites.map(({ room_id: roomId, sender, mxid: userId, signed }) => (
      { roomId, sender, userId, signed: { ...signed } }
    )))
    return {}
  })
}
