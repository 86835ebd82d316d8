import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function setAccountDataPerRoom({ accountData }: Pick<Services, 'accountData'>) {
  return endpoint('setAccountDataPerRoom', async ({ params, body, requester }) => {
    checkIsOwn(requester, params.userId)
    await accountData.setByClient(requester.user, params.roomId, params.type, body)
    return {}
  })
}
