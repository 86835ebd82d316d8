import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function queryUserByID({ thirdParties }: Pick<Services, 'thirdParties'>) {
  return endpoint('queryUserByID', ({ query }) => thirdParties.listUsersOf(query.userid))
}
