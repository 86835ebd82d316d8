import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

const LIMIT_DEFAULT = 100

/** `GET /_hearth/client/v1/encryption_log`: what was done to the devices and keys of the account, and in its rooms. */
export function getEncryptionLog({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getEncryptionLog', async ({ query, requester }) => encryption.log.read(requester.user, query.limit ?? LIMIT_DEFAULT))
}
