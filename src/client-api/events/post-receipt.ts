import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function postReceipt({ rooms, readMarkers }: Pick<Services, 'rooms' | 'readMarkers'>) {
  return endpoint('postReceipt', async ({ params, body, requester }) => {
    const { roomId, receiptType: type, eventId } = params
    await readMarkers.receive(await rooms.get(roomId), requester, { type, eventId, threadId: body.thread_id })
    return {}
  })
}
