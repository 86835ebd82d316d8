import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getPushRules({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('getPushRules', async ({ requester }) => ({ global: await pushRules.rulesetOf(requester) }))
}
