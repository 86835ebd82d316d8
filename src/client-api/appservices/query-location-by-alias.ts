import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function queryLocationByAlias({ thirdParties }: Pick<Services, 'thirdParties'>) {
  return endpoint('queryLocationByAlias', ({ query }) => thirdParties.listLocationsOf(query.alias))
}
