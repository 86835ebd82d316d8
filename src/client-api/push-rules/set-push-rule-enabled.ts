import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setPushRuleEnabled({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('setPushRuleEnabled', async ({ params, body, requester }) => {
    await pushRules.setEnabled(requester, params.kind, params.ruleId, body.enabled)
    return {}
  })
}
