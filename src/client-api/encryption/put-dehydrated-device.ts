import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `PUT /dehydrated_device`. Specification: MSC3814, Uploading a dehydrated device. */
export function putDehydratedDevice({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('putDehydratedDevice', async ({ body, requester }) => {
    await encryption.dehydratedDevices.put(requester, body)
    return { device_id: body.device_id }
  })
}
