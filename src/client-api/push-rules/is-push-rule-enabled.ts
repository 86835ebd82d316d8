import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function isPushRuleEnabled({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('isPushRuleEnabled', async ({ params, requester }) => {
    const { enabled } = await pushRules.get(requester, params.kind, params.ruleId)
    return { enabled }
  })
}
