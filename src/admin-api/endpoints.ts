import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { deleteRoom } from './delete-room.ts'
import { getPurgeStatus } from './get-purge-status.ts'
import { getRoomBlock } from './get-room-block.ts'
import { getRoomDeletion } from './get-room-deletion.ts'
import { getRoomDeletions } from './get-room-deletions.ts'
import { getServerVersion } from './get-server-version.ts'
import { getSharedSecretNonce } from './get-shared-secret-nonce.ts'
import { listBackgroundJobs } from './list-background-jobs.ts'
import { purgeHistory } from './purge-history.ts'
import { purgeHistoryBefore } from './purge-history-before.ts'
import { registerWithSharedSecret } from './register-with-shared-secret.ts'
import { setRoomBlock } from './set-room-block.ts'

/** Every operation for those who run the server. */
export const adminEndpoints: readonly ((services: Services) => Endpoint)[] = [
  deleteRoom,
  getPurgeStatus,
  getRoomBlock,
  getRoomDeletion,
  getRoomDeletions,
  getServerVersion,
  getSharedSecretNonce,
  listBackgroundJobs,
  purgeHistory,
  purgeHistoryBefore,
  registerWithSharedSecret,
  setRoomBlock,
]
