import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getProtocols({ thirdParties }: Pick<Services, 'thirdParties'>) {
  return endpoint('getProtocols', () => thirdParties.listProtocols())
}
