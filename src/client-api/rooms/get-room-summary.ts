import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getRoomSummary({ roomSummaries }: Pick<Services, 'roomSummaries'>) {
  return endpoint('getRoomSummary', async ({ params, query, requester }) => (
    roomSummaries.get(params.roomIdOrAlias, query.via ?? [], requester)
  ))
}
