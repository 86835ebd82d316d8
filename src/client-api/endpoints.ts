import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { claimKeys } from './claim-keys.ts'
import { getCapabilities } from './get-capabilities.ts'
import { getKeysChanges } from './get-keys-changes.ts'
import { getVersions } from './get-versions.ts'
import { getWellknown } from './get-wellknown.ts'
import { queryKeys } from './query-keys.ts'
import { sendToDevice } from './send-to-device.ts'
import { uploadKeys } from './upload-keys.ts'

/** Every operation that clients are served, by area. */
export const clientEndpoints: readonly ((services: Services) => Endpoint)[] = [
  // The server itself.
  getVersions,
  getWellknown,
  getCapabilities,
  // Keys of devices, and messages to them.
  uploadKeys,
  queryKeys,
  claimKeys,
  getKeysChanges,
  sendToDevice,
]
