import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { backfillRoom } from './backfill-room.ts'
import { bulkPerspectivesKeyQuery } from './bulk-perspectives-key-query.ts'
import { claimUserEncryptionKeys } from './claim-user-encryption-keys.ts'
import { exchangeOpenIdToken } from './exchange-open-id-token.ts'
import { exchangeThirdPartyInvite } from './exchange-third-party-invite.ts'
import { getContentThumbnail } from './get-content-thumbnail.ts'
import { getContent } from './get-content.ts'
import { getEventAuth } from './get-event-auth.ts'
import { getEventByTimestamp } from './get-event-by-timestamp.ts'
import { getEvent } from './get-event.ts'
import { getMissingPreviousEvents } from './get-missing-previous-events.ts'
import { getPublicRooms } from './get-public-rooms.ts'
import { getRoomStateIds } from './get-room-state-ids.ts'
import { getRoomState } from './get-room-state.ts'
import { getServerKey } from './get-server-key.ts'
import { getSpaceHierarchy } from './get-space-hierarchy.ts'
import { getUserDevices } from './get-user-devices.ts'
import { getVersion } from './get-version.ts'
import { getWellKnown } from './get-well-known.ts'
import { makeJoin } from './make-join.ts'
import { makeKnock } from './make-knock.ts'
import { makeLeave } from './make-leave.ts'
import { onBindThirdPartyIdentifier } from './on-bind-third-party-identifier.ts'
import { perspectivesKeyQuery } from './perspectives-key-query.ts'
import { queryProfile } from './query-profile.ts'
import { queryPublicRooms } from './query-public-rooms.ts'
import { queryRoomDirectory } from './query-room-directory.ts'
import { queryUserEncryptionKeys } from './query-user-encryption-keys.ts'
import { sendInviteV1 } from './send-invite-v1.ts'
import { sendInviteV2 } from './send-invite-v2.ts'
import { sendJoinV1 } from './send-join-v1.ts'
import { sendJoinV2 } from './send-join-v2.ts'
import { sendKnock } from './send-knock.ts'
import { sendLeaveV1 } from './send-leave-v1.ts'
import { sendLeaveV2 } from './send-leave-v2.ts'
import { sendTransaction } from './send-transaction.ts'

/** Every operation that other servers are served, by area. */
export const federationEndpoints: readonly ((services: Services) => Endpoint)[] = [
  // The server itself.
  getVersion,
  getWellKnown,
  getServerKey,
  perspectivesKeyQuery,
  bulkPerspectivesKeyQuery,
  // Rooms: what is said in them, and what they hold.
  sendTransaction,
  getEvent,
  getRoomState,
  getRoomStateIds,
  getEventAuth,
  getMissingPreviousEvents,
  backfillRoom,
  getEventByTimestamp,
  // Rooms: who is in them.
  makeJoin,
  sendJoinV1,
  sendJoinV2,
  makeLeave,
  sendLeaveV1,
  sendLeaveV2,
  makeKnock,
  sendKnock,
  sendInviteV1,
  sendInviteV2,
  exchangeThirdPartyInvite,
  onBindThirdPartyIdentifier,
  // Rooms: how they are found.
  queryRoomDirectory,
  getPublicRooms,
  queryPublicRooms,
  getSpaceHierarchy,
  // Files.
  getContent,
  getContentThumbnail,
  // People and what is theirs.
  queryProfile,
  getUserDevices,
  queryUserEncryptionKeys,
  claimUserEncryptionKeys,
  exchangeOpenIdToken,
]
