import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { fieldsIn } from './third-party-fields.ts'

export function queryUserByProtocol({ thirdParties }: Pick<Services, 'thirdParties'>) {
  return endpoint('queryUserByProtocol', ({ params, query }) => thirdParties.listUsers(params.protocol, fieldsIn(query)))
}
