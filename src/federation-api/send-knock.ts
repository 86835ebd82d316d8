import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v1/send_knock/{roomId}/{eventId}` */
export function sendKnock({ servedKnocks }: Pick<Services, 'servedKnocks'>) {
  return federationEndpoint('sendKnock', async ({ origin, params, body }) => (
    { knock_room_state: await servedKnocks.send({ ...params, origin, json: { ...body } }) }
  ))
}
