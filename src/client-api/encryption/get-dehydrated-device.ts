import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /dehydrated_device`. Specification: MSC3814, Rehydrating a device. */
export function getDehydratedDevice({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getDehydratedDevice', async ({ requester }) => encryption.dehydratedDevices.get(requester.user))
}
