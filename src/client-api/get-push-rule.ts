import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function getPushRule({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('getPushRule', ({ params, requester }) => pushRules.get(requester, params.kind, params.ruleId))
}
