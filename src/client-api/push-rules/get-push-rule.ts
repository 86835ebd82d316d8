import { endpoint } from '../../http/endpoint.ts'
import { notFound } from '../../matrix/errors.ts'
import { isPushRuleKind } from '../../matrix/push-rules/push-rule.ts'
import type { Services } from '../../services.ts'

export function getPushRule({ pushRules }: Pick<Services, 'pushRules'>) {
  return endpoint('getPushRule', ({ params: { kind, ruleId }, requester }) => {
    // Of a kind that is not known here there is no rule: that is how clients find out.
    if (!isPushRuleKind(kind)) throw notFound('There is no such push rule.')
    return pushRules.get(requester, kind, ruleId)
  })
}
