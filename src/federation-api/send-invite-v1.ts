import { federationEndpoint } from '../http/endpoint.ts'
import { jsonReply } from '../http/reply.ts'
import { isJsonObject, ownValue, type JsonObject } from '../matrix/json.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v1/invite/{roomId}/{eventId}`: for rooms of the first two versions, which nothing in it tells apart. */
export function sendInviteV1({ servedInvites }: Pick<Services, 'servedInvites'>) {
  return federationEndpoint('sendInviteV1', async ({ origin, params, body }) => {
    const json: JsonObject = { ...body }
    const unsigned = ownValue(json, 'unsigned')
    const shown = isJsonObject(unsigned) ? ownValue(unsigned, 'invite_room_state') : undefined
    return jsonReply(200, [200, { event: await servedInvites.take({ ...params, origin, json, shown, version: '1' }) }])
  })
}
