import { federationEndpoint } from '../http/endpoint.ts'
import { jsonReply } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/make_leave/{roomId}/{userId}` */
export function makeLeave({ servedLeaves }: Pick<Services, 'servedLeaves'>) {
  return federationEndpoint('makeLeave', async ({ origin, params }) => (
    jsonReply(200, await servedLeaves.make(origin, params.roomId, params.userId))
  ))
}
