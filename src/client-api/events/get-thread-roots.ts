import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import { pageSize } from '../../rooms/reading/page-tokens.ts'
import type { Services } from '../../services.ts'

export function getThreadRoots({ rooms, threads }: Pick<Services, 'rooms' | 'threads'>) {
  return endpoint('getThreadRoots', async ({ params, query, requester }) => {
    const { include = 'all', from } = query
    const limit = pageSize(query.limit, { byDefault: 20, max: 100, min: 1 })
    const { chunk, nextBatch } = await threads.list(await rooms.get(params.roomId), requester, { include, from, limit })
    return preSerialized(`{"chunk":[${chunk.join(',')}]${nextBatch === undefined ? '' : `,"next_batch":"${nextBatch}"`}}`)
  })
}
