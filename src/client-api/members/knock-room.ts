import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function knockRoom({ roomEntries }: Pick<Services, 'roomEntries'>) {
  return endpoint('knockRoom', async ({ params, query, body, requester }) => {
    const via = [...query.via ?? [], ...query.server_name ?? []]
    return { room_id: await roomEntries.knock(requester, params.roomIdOrAlias, { via, reason: body.reason }) }
  })
}
