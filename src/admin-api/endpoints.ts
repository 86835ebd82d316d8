import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { getServerVersion } from './get-server-version.ts'
import { getSharedSecretNonce } from './get-shared-secret-nonce.ts'
import { registerWithSharedSecret } from './register-with-shared-secret.ts'

/** Every operation for those who run the server. */
export const adminEndpoints: readonly ((services: Services) => Endpoint)[] = [
  getServerVersion,
  getSharedSecretNonce,
  registerWithSharedSecret,
]
