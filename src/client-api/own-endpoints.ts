import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { deleteDehydratedDevice } from './delete-dehydrated-device.ts'
import { getDehydratedDevice } from './get-dehydrated-device.ts'
import { getDehydratedDeviceEvents } from './get-dehydrated-device-events.ts'
import { getEncryptionLog } from './get-encryption-log.ts'
import { postDehydratedDeviceEvents } from './post-dehydrated-device-events.ts'
import { putDehydratedDevice } from './put-dehydrated-device.ts'

/** Operations for clients that the specification does not have, or not yet. */
export const ownEndpoints: readonly ((services: Services) => Endpoint)[] = [
  deleteDehydratedDevice,
  getDehydratedDevice,
  getDehydratedDeviceEvents,
  getEncryptionLog,
  postDehydratedDeviceEvents,
  putDehydratedDevice,
]
