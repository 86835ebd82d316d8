import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { describeDevice } from '../../users/sessions.ts'

export function getDevice({ sessions }: Pick<Services, 'sessions'>) {
  return endpoint('getDevice', async ({ params, requester }) =>
    describeDevice(await sessions.getDevice(requester.user, params.deviceId)))
}
