import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function getRoomIdByAlias({ aliases, config }: Pick<Services, 'aliases' | 'config'>) {
  return endpoint('getRoomIdByAlias', async ({ params }) => {
    const { room_id } = await aliases.get(params.roomAlias)
    return { room_id, servers: [config.serverName] }
  })
}
