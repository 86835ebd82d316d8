import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v2/send_join/{roomId}/{eventId}` */
export function sendJoinV2({ servedJoins }: Pick<Services, 'servedJoins'>) {
  return federationEndpoint('sendJoinV2', async ({ origin, params, query, body }) => (
    preSerialized(await servedJoins.send({ ...params, origin, json: { ...body } }, query.omit_members ?? false))
  ))
}
