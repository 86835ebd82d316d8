import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function getSharedSecretNonce({ sharedSecretRegistration }: Pick<Services, 'sharedSecretRegistration'>) {
  return endpoint('getSharedSecretNonce', async () => ({ nonce: sharedSecretRegistration.newNonce() }))
}
