import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { PASSWORD_FLOW } from '../../users/uia.ts'

export function deleteDevices({ userInteractiveAuth, sessions }: Pick<Services, 'userInteractiveAuth' | 'sessions'>) {
  return endpoint('deleteDevices', async ({ body, requester }) => {
    await userInteractiveAuth.require({ operation: 'deleteDevices', requester, flows: PASSWORD_FLOW, auth: body.auth })
    await sessions.end(requester.user, { ids: body.devices })
    return {}
  })
}
