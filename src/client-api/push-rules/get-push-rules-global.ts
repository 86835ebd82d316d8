import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getPushRulesGlobal({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('getPushRulesGlobal', ({ requester }) => pushRules.rulesetOf(requester))
}
