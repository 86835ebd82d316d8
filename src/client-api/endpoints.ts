import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { ban } from './ban.ts'
import { claimKeys } from './claim-keys.ts'
import { createContent } from './create-content.ts'
import { createRoom } from './create-room.ts'
import { deleteRoomAlias } from './delete-room-alias.ts'
import { forgetRoom } from './forget-room.ts'
import { getCapabilities } from './get-capabilities.ts'
import { getConfigAuthed } from './get-config-authed.ts'
import { getContentAuthed } from './get-content-authed.ts'
import { getContentOverrideNameAuthed } from './get-content-override-name-authed.ts'
import { getContentThumbnailAuthed } from './get-content-thumbnail-authed.ts'
import { getJoinedMembersByRoom } from './get-joined-members-by-room.ts'
import { getJoinedRooms } from './get-joined-rooms.ts'
import { getKeysChanges } from './get-keys-changes.ts'
import { getLocalAliases } from './get-local-aliases.ts'
import { getMembersByRoom } from './get-members-by-room.ts'
import { getRoomIdByAlias } from './get-room-id-by-alias.ts'
import { getRoomStateWithKey } from './get-room-state-with-key.ts'
import { getRoomState } from './get-room-state.ts'
import { getVersions } from './get-versions.ts'
import { getWellknown } from './get-wellknown.ts'
import { inviteUser } from './invite-user.ts'
import { joinRoomById } from './join-room-by-id.ts'
import { joinRoom } from './join-room.ts'
import { kick } from './kick.ts'
import { knockRoom } from './knock-room.ts'
import { leaveRoom } from './leave-room.ts'
import { queryKeys } from './query-keys.ts'
import { redactEvent } from './redact-event.ts'
import { sendMessage } from './send-message.ts'
import { sendToDevice } from './send-to-device.ts'
import { setRoomAlias } from './set-room-alias.ts'
import { setRoomStateWithKey } from './set-room-state-with-key.ts'
import { unban } from './unban.ts'
import { uploadContentToMXC } from './upload-content-to-mxc.ts'
import { uploadContent } from './upload-content.ts'
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
  // Rooms: making and naming them, being in them, what is said and set.
  createRoom,
  setRoomAlias,
  getRoomIdByAlias,
  deleteRoomAlias,
  getLocalAliases,
  joinRoom,
  joinRoomById,
  knockRoom,
  inviteUser,
  leaveRoom,
  forgetRoom,
  kick,
  ban,
  unban,
  getJoinedRooms,
  getMembersByRoom,
  getJoinedMembersByRoom,
  sendMessage,
  redactEvent,
  setRoomStateWithKey,
  getRoomState,
  getRoomStateWithKey,
  // Files.
  uploadContent,
  createContent,
  uploadContentToMXC,
  getContentAuthed,
  getContentOverrideNameAuthed,
  getContentThumbnailAuthed,
  getConfigAuthed,
]
