import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/state_ids/{roomId}`: the same as the state, by ids alone. */
export function getRoomStateIds({ servedRooms }: Pick<Services, 'servedRooms'>) {
  return federationEndpoint('getRoomStateIds', async ({ params, query, origin }) => {
    const { state, authChain } = await servedRooms.getStateIds(origin, params.roomId, query.event_id)
    return { pdu_ids: state, auth_chain_ids: authChain }
  })
}
