import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setPushRuleActions({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('setPushRuleActions', async ({ params, body, requester }) => {
    await pushRules.setActions(requester, params.kind, params.ruleId, body.actions)
    return {}
  })
}
