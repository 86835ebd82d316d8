import { deviceOf } from '../../encryption/device.ts'
import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `POST /keys/upload`: a device publishes its keys. Specification: Client-Server API, Key management API. */
export function uploadKeys({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('uploadKeys', async ({ body, requester }) => ({
    one_time_key_counts: await encryption.deviceKeys.upload(deviceOf(requester), body),
  }))
}
