import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/event_auth/{roomId}/{eventId}`: all that authorises an event. */
export function getEventAuth({ servedRooms }: Pick<Services, 'servedRooms'>) {
  return federationEndpoint('getEventAuth', async ({ params, origin }) => {
    const authChain = await servedRooms.listEventAuth(origin, params.roomId, params.eventId)
    return preSerialized(`{"auth_chain":[${authChain.join(',')}]}`)
  })
}
