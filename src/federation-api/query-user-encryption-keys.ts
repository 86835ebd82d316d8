import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `POST /_matrix/federation/v1/user/keys/query`: keys of our users and their devices. */
export function queryUserEncryptionKeys({ encryption }: Pick<Services, 'encryption'>) {
  return federationEndpoint('queryUserEncryptionKeys', ({ body }) => encryption.keysForServers.query(body.device_keys))
}
