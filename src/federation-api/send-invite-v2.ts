import { federationEndpoint } from '../http/endpoint.ts'
import { jsonReply } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v2/invite/{roomId}/{eventId}` */
export function sendInviteV2({ servedInvites }: Pick<Services, 'servedInvites'>) {
  return federationEndpoint('sendInviteV2', async ({ origin, params, body }) => {
    const { event, room_version: version, invite_room_state: shown } = body
    return jsonReply(200, { event: await servedInvites.take({ ...params, origin, json: { ...event }, version, shown }) })
  })
}
