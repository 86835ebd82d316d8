import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function deletePushRule({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('deletePushRule', async ({ params, requester }) => {
    await pushRules.delete(requester, params.kind, params.ruleId)
    return {}
  })
}
