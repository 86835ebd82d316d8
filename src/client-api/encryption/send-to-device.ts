import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `PUT /sendToDevice/{eventType}/{txnId}`: messages to devices. Specification: Client-Server API, Send-to-Device messaging. */
export function sendToDevice({ encryption, transactions }: Pick<Services, 'encryption' | 'transactions'>) {
  return endpoint('sendToDevice', ({ params: { eventType, txnId }, body, requester }) => (
    transactions.once(requester, { operation: 'sendToDevice', path: [eventType], txnId }, async (transactionKey) => {
      await encryption.toDevice.send({ sender: requester.userId, type: eventType, messages: body.messages, transactionKey })
      return {}
    })
  ))
}
