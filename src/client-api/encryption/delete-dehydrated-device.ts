import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `DELETE /dehydrated_device`. Specification: MSC3814, Deleting a dehydrated device. */
export function deleteDehydratedDevice({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('deleteDehydratedDevice', async ({ requester }) => (
    { device_id: await encryption.dehydratedDevices.delete(requester.user) }
  ))
}
