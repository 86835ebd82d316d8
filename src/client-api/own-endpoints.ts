import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { deleteDehydratedDevice } from './encryption/delete-dehydrated-device.ts'
import { getDehydratedDevice } from './encryption/get-dehydrated-device.ts'
import { getDehydratedDeviceEvents } from './encryption/get-dehydrated-device-events.ts'
import { getEncryptionLog } from './encryption/get-encryption-log.ts'
import { postDehydratedDeviceEvents } from './encryption/post-dehydrated-device-events.ts'
import { putDehydratedDevice } from './encryption/put-dehydrated-device.ts'

/** Operations for clients that the specification does not have, or not yet. */
export const ownEndpoints: readonly ((services: Services) => Endpoint)[] = [
  deleteDehydratedDevice,
  getDehydratedDevice,
  getDehydratedDeviceEvents,
  getEncryptionLog,
  postDehydratedDeviceEvents,
  putDehydratedDevice,
]
