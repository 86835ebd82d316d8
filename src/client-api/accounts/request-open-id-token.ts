import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function requestOpenIdToken({ openIdTokens }: Pick<Services, 'openIdTokens'>) {
  return endpoint('requestOpenIdToken', async ({ params, requester }) => {
    checkIsOwn(requester, params.userId)
    return openIdTokens.issue(requester.user)
  })
}
