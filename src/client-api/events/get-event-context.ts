import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import { readRoomEventFilter } from '../../rooms/reading/event-filter.ts'
import { pageSize } from '../../rooms/reading/page-tokens.ts'
import type { Services } from '../../services.ts'

export function getEventContext({ rooms, eventContexts }: Pick<Services, 'rooms' | 'eventContexts'>) {
  return endpoint('getEventContext', async ({ params, query, requester }) => {
    const filter = readRoomEventFilter(query.filter)
    const limit = pageSize(query.limit ?? filter.limit, { byDefault: 10, max: 1000 })
    const context = await eventContexts.around(await rooms.get(params.roomId), requester, params.eventId, limit, filter)
    const { start, end, event, before, after, state } = context
    const tokens = JSON.stringify({ start, end }).slice(0, -1)
    const around = `"events_before":[${before.join(',')}],"event":${event},"events_after":[${after.join(',')}]`
    return preSerialized(`${tokens},${around},"state":[${state.join(',')}]}`)
  })
}
