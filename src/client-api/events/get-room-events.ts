import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import { readRoomEventFilter } from '../../rooms/reading/event-filter.ts'
import { pageSize } from '../../rooms/reading/page-tokens.ts'
import type { Services } from '../../services.ts'

export function getRoomEvents({ rooms, historyPages }: Pick<Services, 'rooms' | 'historyPages'>) {
  return endpoint('getRoomEvents', async ({ params, query, requester }) => {
    const { dir = 'f', from, to } = query
    const filter = readRoomEventFilter(query.filter)
    const limit = pageSize(query.limit ?? filter.limit, { byDefault: 10, max: 1000 })
    const room = await rooms.get(params.roomId)
    const { start, end, chunk, state } = await historyPages.page(room, requester, { dir, from, to, limit, filter })
    const tokens = JSON.stringify({ start, end }).slice(0, -1)
    return preSerialized(`${tokens},"chunk":[${chunk.join(',')}]${state.length === 0 ? '' : `,"state":[${state.join(',')}]`}}`)
  })
}
