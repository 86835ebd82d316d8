import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function getAccountData({ accountData, pushRules }: Pick<Services, 'accountData' | 'pushRules'>) {
  return endpoint('getAccountData', async ({ params, requester }) => {
    checkIsOwn(requester, params.userId)
    // The rules are kept elsewhere, but clients know them as account data.
    if (params.type === 'm.push_rules') return { global: await pushRules.rulesetOf(requester) }
    return accountData.get(requester.user, undefined, params.type)
  })
}
