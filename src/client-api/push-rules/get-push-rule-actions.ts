import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getPushRuleActions({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('getPushRuleActions', async ({ params, requester }) => {
    const { actions } = await pushRules.get(requester, params.kind, params.ruleId)
    return { actions }
  })
}
