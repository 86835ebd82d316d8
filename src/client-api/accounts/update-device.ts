import { endpoint } from '../../http/endpoint.ts'
import { jsonReply } from '../../http/reply.ts'
import type { Services } from '../../services.ts'

export function updateDevice({ sessions }: Pick<Services, 'sessions'>) {
  return endpoint('updateDevice', async ({ params: { deviceId }, body: { display_name: displayName }, requester }) => {
    if (requester.appservice !== undefined && await sessions.ensureDevice(requester, deviceId, displayName)) return jsonReply(201, {})
    if (displayName === undefined) await sessions.getDevice(requester.user, deviceId)
    else await sessions.renameDevice(requester.user, deviceId, displayName)
    return {}
  })
}
