import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getProtocolMetadata({ thirdParties }: Pick<Services, 'thirdParties'>) {
  return endpoint('getProtocolMetadata', ({ params }) => thirdParties.getProtocol(params.protocol))
}
