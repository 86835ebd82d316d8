import { endpoint } from '../../http/endpoint.ts'
import { missingParam } from '../../matrix/errors.ts'
import { ownValue } from '../../matrix/json.ts'
import type { Services } from '../../services.ts'
import { checkMayChangeProfile } from '../../users/requester-checks.ts'

export function setProfileField({ profileSpread }: Pick<Services, 'profileSpread'>) {
  return endpoint('setProfileField', async ({ params, body, requester }) => {
    checkMayChangeProfile(requester, params)
    const value = ownValue(body, params.keyName)
    if (value === undefined) throw missingParam(`The body has no ${params.keyName}.`)
    await profileSpread.setField(requester, params.keyName, value)
    return {}
  })
}
