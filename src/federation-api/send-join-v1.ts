import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v1/send_join/{roomId}/{eventId}`: as servers ask that know only the first version of it. */
export function sendJoinV1({ servedJoins }: Pick<Services, 'servedJoins'>) {
  return federationEndpoint('sendJoinV1', async ({ origin, params, body }) => (
    preSerialized(`[200,${await servedJoins.send({ ...params, origin, json: { ...body } }, false)}]`)
  ))
}
