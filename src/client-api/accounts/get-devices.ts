import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { describeDevice } from '../../users/sessions.ts'

export function getDevices({ sessions }: Pick<Services, 'sessions'>) {
  return endpoint('getDevices', async ({ requester }) => ({
    devices: (await sessions.listDevices(requester.user)).map(describeDevice),
  }))
}
