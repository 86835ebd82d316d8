import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setRoomStateWithKey({ rooms, sending }: Pick<Services, 'rooms' | 'sending'>) {
  return endpoint('setRoomStateWithKey', async ({ params, query, body, requester }) => {
    const { roomId, eventType: type, stateKey } = params
    const originServerTs = requester.appservice === undefined ? undefined : query.ts
    return { event_id: await sending.setState(requester, await rooms.get(roomId), { type, stateKey, content: body, originServerTs }) }
  })
}
