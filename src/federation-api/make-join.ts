import { federationEndpoint } from '../http/endpoint.ts'
import { jsonReply } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/make_join/{roomId}/{userId}`: who does not say what versions he knows knows the first. */
export function makeJoin({ servedJoins }: Pick<Services, 'servedJoins'>) {
  return federationEndpoint('makeJoin', async ({ origin, params, query }) => (
    jsonReply(200, await servedJoins.make(origin, params.roomId, params.userId, query.ver ?? ['1']))
  ))
}
