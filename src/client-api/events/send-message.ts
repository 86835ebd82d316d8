import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

type Parts = Pick<Services, 'presence' | 'rooms' | 'sending' | 'transactions'>

export function sendMessage({ presence, rooms, sending, transactions }: Parts) {
  return endpoint('sendMessage', async ({ params, query, body, requester }) => {
    const { roomId, eventType, txnId } = params
    const originServerTs = requester.appservice === undefined ? undefined : query.ts
    presence.sawActivity(requester.user)
    return transactions.once(requester, { operation: 'sendMessage', path: [roomId, eventType], txnId }, async (transactionKey) => {
      const room = await rooms.get(roomId)
      return { event_id: await sending.send(requester, room, { type: eventType, content: body, txnId, transactionKey, originServerTs }) }
    })
  })
}
