import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function getAccountDataPerRoom({ accountData }: Pick<Services, 'accountData'>) {
  return endpoint('getAccountDataPerRoom', async ({ params, requester }) => {
    checkIsOwn(requester, params.userId)
    return accountData.get(requester.user, params.roomId, params.type)
  })
}
