import { federationEndpoint } from '../http/endpoint.ts'
import { jsonReply } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v1/send_leave/{roomId}/{eventId}`: as servers ask that know only the first version of it. */
export function sendLeaveV1({ servedLeaves }: Pick<Services, 'servedLeaves'>) {
  return federationEndpoint('sendLeaveV1', async ({ origin, params, body }) => {
    await servedLeaves.send({ ...params, origin, json: { ...body } })
    return jsonReply(200, [200, {}])
  })
}
