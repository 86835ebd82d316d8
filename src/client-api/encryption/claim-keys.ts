import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `POST /keys/claim`: one key for each device. Specification: Client-Server API, Key management API. */
export function claimKeys({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('claimKeys', ({ body }) => encryption.deviceKeys.claim(body))
}
