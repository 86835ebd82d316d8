import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function redactEvent({ rooms, sending, transactions }: Pick<Services, 'rooms' | 'sending' | 'transactions'>) {
  return endpoint('redactEvent', async ({ params, body, requester }) => {
    const { roomId, eventId, txnId } = params
    return transactions.once(requester, { operation: 'redactEvent', path: [roomId, eventId], txnId }, async (transactionKey) => {
      const room = await rooms.get(roomId)
      return { event_id: await sending.redact(requester, room, { redacts: eventId, reason: body.reason, txnId, transactionKey }) }
    })
  })
}
