import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v2/send_leave/{roomId}/{eventId}` */
export function sendLeaveV2({ servedLeaves }: Pick<Services, 'servedLeaves'>) {
  return federationEndpoint('sendLeaveV2', async ({ origin, params, body }) => {
    await servedLeaves.send({ ...params, origin, json: { ...body } })
    return {}
  })
}
