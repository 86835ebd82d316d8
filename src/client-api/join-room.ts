import { endpoint } from '../http/endpoint.ts'
import { joinOptions } from '../rooms/join-options.ts'
import type { Services } from '../services.ts'

export function joinRoom({ roomEntries }: Pick<Services, 'roomEntries'>) {
  return endpoint('joinRoom', async ({ params, query, body, requester }) => {
    const via = [...query.via ?? [], ...query.server_name ?? []]
    return { room_id: await roomEntries.join(requester, params.roomIdOrAlias, { via, ...joinOptions(body) }) }
  })
}
