import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `POST /_matrix/federation/v1/user/keys/claim`: one key each for devices of our users. */
export function claimUserEncryptionKeys({ encryption }: Pick<Services, 'encryption'>) {
  return federationEndpoint('claimUserEncryptionKeys', ({ body }) => encryption.keysForServers.claim(body.one_time_keys))
}
