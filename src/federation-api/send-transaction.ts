import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import type { Services } from '../services.ts'

/** `PUT /_matrix/federation/v1/send/{txnId}`: events and what tells of moments, of a server that says who it is. */
export function sendTransaction({ inbound }: Pick<Services, 'inbound'>) {
  return federationEndpoint('sendTransaction', async ({ params, body, origin }) => (
    preSerialized(await inbound.accept({ origin, txnId: params.txnId, pdus: body.pdus, edus: body.edus ?? [] }))
  ))
}
