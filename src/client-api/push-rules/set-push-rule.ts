import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setPushRule({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('setPushRule', async ({ params, query, body, requester }) => {
    await pushRules.put(requester, params.kind, params.ruleId, body, query)
    return {}
  })
}
