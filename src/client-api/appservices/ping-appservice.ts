import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function pingAppservice({ appservicePing }: Pick<Services, 'appservicePing'>) {
  return endpoint('pingAppservice', async ({ params, body, requester }) => ({
    duration_ms: await appservicePing.ping(requester.appservice, params.appserviceId, body.transaction_id),
  }))
}
