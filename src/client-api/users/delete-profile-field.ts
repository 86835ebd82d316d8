import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkMayChangeProfile } from '../../users/requester-checks.ts'

export function deleteProfileField({ profileSpread }: Pick<Services, 'profileSpread'>) {
  return endpoint('deleteProfileField', async ({ params, requester }) => {
    checkMayChangeProfile(requester, params)
    await profileSpread.deleteField(requester, params.keyName)
    return {}
  })
}
