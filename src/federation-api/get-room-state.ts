import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/state/{roomId}`: the state before an event and what authorises it. */
export function getRoomState({ servedRooms }: Pick<Services, 'servedRooms'>) {
  return federationEndpoint('getRoomState', async ({ params, query, origin }) => {
    const { state, authChain } = await servedRooms.getState(origin, params.roomId, query.event_id)
    return preSerialized(`{"pdus":[${state.join(',')}],"auth_chain":[${authChain.join(',')}]}`)
  })
}
