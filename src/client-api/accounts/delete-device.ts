import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { PASSWORD_FLOW } from '../../users/uia.ts'

export function deleteDevice({ userInteractiveAuth, sessions }: Pick<Services, 'userInteractiveAuth' | 'sessions'>) {
  return endpoint('deleteDevice', async ({ params, body, requester }) => {
    await userInteractiveAuth.require({ operation: 'deleteDevice', requester, flows: PASSWORD_FLOW, auth: body.auth })
    await sessions.end(requester.user, { ids: [params.deviceId] })
    return {}
  })
}
