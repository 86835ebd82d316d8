import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { claimKeys } from './claim-keys.ts'
import { getKeysChanges } from './get-keys-changes.ts'
import { queryKeys } from './query-keys.ts'
import { sendToDevice } from './send-to-device.ts'
import { uploadCrossSigningKeys } from './upload-cross-signing-keys.ts'
import { uploadCrossSigningSignatures } from './upload-cross-signing-signatures.ts'
import { uploadKeys } from './upload-keys.ts'

/** Keys of devices, and messages to them. */
export const encryptionEndpoints: readonly ((services: Services) => Endpoint)[] = [
  uploadKeys,
  queryKeys,
  claimKeys,
  getKeysChanges,
  uploadCrossSigningKeys,
  uploadCrossSigningSignatures,
  sendToDevice,
]
