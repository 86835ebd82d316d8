import { endpoint } from '../../http/endpoint.ts'
import { jsonReply } from '../../http/reply.ts'
import type { Services } from '../../services.ts'
import { makeTurnCredentials } from '../../users/turn-credentials.ts'

/** Where there is no TURN server, clients are used to an empty object. */
export function getTurnServer({ config, clock }: Pick<Services, 'config' | 'clock'>) {
  return endpoint('getTurnServer', async ({ requester }) => (
    jsonReply(200, makeTurnCredentials(config.turn, requester.userId, clock.now()) ?? {})
  ))
}
