import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function updateDevice({ sessions }: Pick<Services, 'sessions'>) {
  return endpoint('updateDevice', async ({ params, body, requester }) => {
    if (body.display_name === undefined) await sessions.getDevice(requester.user, params.deviceId)
    else await sessions.renameDevice(requester.user, params.deviceId, body.display_name)
    return {}
  })
}
