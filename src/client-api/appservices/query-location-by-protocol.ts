import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { fieldsIn } from './third-party-fields.ts'

export function queryLocationByProtocol({ thirdParties }: Pick<Services, 'thirdParties'>) {
  return endpoint('queryLocationByProtocol', ({ params, query }) => thirdParties.listLocations(params.protocol, fieldsIn(query)))
}
