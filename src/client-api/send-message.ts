import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function sendMessage({ rooms, sending, transactions }: Pick<Services, 'rooms' | 'sending' | 'transactions'>) {
  return endpoint('sendMessage', async ({ params, body, requester }) => {
    const { roomId, eventType, txnId } = params
    return transactions.once(requester, { operation: 'sendMessage', path: [roomId, eventType], txnId }, async (transactionKey) => {
      const room = await rooms.get(roomId)
      return { event_id: await sending.send(requester, room, { type: eventType, content: body, txnId, transactionKey }) }
    })
  })
}
