import { federationEndpoint } from '../http/endpoint.ts'
import { jsonReply } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/make_knock/{roomId}/{userId}` */
export function makeKnock({ servedKnocks }: Pick<Services, 'servedKnocks'>) {
  return federationEndpoint('makeKnock', async ({ origin, params, query }) => (
    jsonReply(200, await servedKnocks.make(origin, params.roomId, params.userId, query.ver))
  ))
}
