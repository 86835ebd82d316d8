import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function setAccountData({ accountData }: Pick<Services, 'accountData'>) {
  return endpoint('setAccountData', async ({ params, body, requester }) => {
    checkIsOwn(requester, params.userId)
    await accountData.setByClient(requester.user, undefined, params.type, body)
    return {}
  })
}
