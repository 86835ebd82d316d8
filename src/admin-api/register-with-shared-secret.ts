import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function registerWithSharedSecret({ sharedSecretRegistration }: Pick<Services, 'sharedSecretRegistration'>) {
  return endpoint('registerWithSharedSecret', ({ body }) => sharedSecretRegistration.register(body))
}
