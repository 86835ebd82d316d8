import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `POST /keys/query`: the identity keys of users' devices. Specification: Client-Server API, Key management API. */
export function queryKeys({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('queryKeys', ({ body, requester }) => encryption.deviceKeys.query(requester.userId, body))
}
