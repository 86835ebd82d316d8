import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function setPresence({ presence }: Pick<Services, 'presence'>) {
  return endpoint('setPresence', async ({ params, body, requester }) => {
    checkIsOwn(requester, params.userId)
    await presence.set(requester.user, requester.deviceId, body.presence, body.status_msg)
    return {}
  })
}
