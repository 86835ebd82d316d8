import type { Endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { ban } from './ban.ts'
import { changePassword } from './change-password.ts'
import { checkUsernameAvailability } from './check-username-availability.ts'
import { claimKeys } from './claim-keys.ts'
import { createContent } from './create-content.ts'
import { createRoom } from './create-room.ts'
import { deactivateAccount } from './deactivate-account.ts'
import { defineFilter } from './define-filter.ts'
import { deleteDevice } from './delete-device.ts'
import { deleteDevices } from './delete-devices.ts'
import { deleteProfileField } from './delete-profile-field.ts'
import { deletePushRule } from './delete-push-rule.ts'
import { deleteRoomAlias } from './delete-room-alias.ts'
import { deleteRoomKeyBySessionId } from './delete-room-key-by-session-id.ts'
import { deleteRoomKeysByRoomId } from './delete-room-keys-by-room-id.ts'
import { deleteRoomKeysVersion } from './delete-room-keys-version.ts'
import { deleteRoomKeys } from './delete-room-keys.ts'
import { deleteRoomTag } from './delete-room-tag.ts'
import { forgetRoom } from './forget-room.ts'
import { generateLoginToken } from './generate-login-token.ts'
import { getAccountDataPerRoom } from './get-account-data-per-room.ts'
import { getAccountData } from './get-account-data.ts'
import { getAdminLockUser } from './get-admin-lock-user.ts'
import { getAdminSuspendUser } from './get-admin-suspend-user.ts'
import { getCapabilities } from './get-capabilities.ts'
import { getConfigAuthed } from './get-config-authed.ts'
import { getConfig } from './get-config.ts'
import { getContentAuthed } from './get-content-authed.ts'
import { getContentOverrideNameAuthed } from './get-content-override-name-authed.ts'
import { getContentOverrideName } from './get-content-override-name.ts'
import { getContentThumbnailAuthed } from './get-content-thumbnail-authed.ts'
import { getContentThumbnail } from './get-content-thumbnail.ts'
import { getContent } from './get-content.ts'
import { getDevice } from './get-device.ts'
import { getDevices } from './get-devices.ts'
import { getEventByTimestamp } from './get-event-by-timestamp.ts'
import { getEventContext } from './get-event-context.ts'
import { getEvents } from './get-events.ts'
import { getFilter } from './get-filter.ts'
import { getJoinedMembersByRoom } from './get-joined-members-by-room.ts'
import { getJoinedRooms } from './get-joined-rooms.ts'
import { getKeysChanges } from './get-keys-changes.ts'
import { getLocalAliases } from './get-local-aliases.ts'
import { getLoginFlows } from './get-login-flows.ts'
import { getMembersByRoom } from './get-members-by-room.ts'
import { getMutualRooms } from './get-mutual-rooms.ts'
import { getOneEvent } from './get-one-event.ts'
import { getOneRoomEvent } from './get-one-room-event.ts'
import { getPresence } from './get-presence.ts'
import { getProfileField } from './get-profile-field.ts'
import { getProtocolMetadata } from './get-protocol-metadata.ts'
import { getProtocols } from './get-protocols.ts'
import { getPublicRooms } from './get-public-rooms.ts'
import { getPushRuleActions } from './get-push-rule-actions.ts'
import { getPushRule } from './get-push-rule.ts'
import { getPushRulesGlobal } from './get-push-rules-global.ts'
import { getPushRules } from './get-push-rules.ts'
import { getRelatingEventsWithRelTypeAndEventType } from './get-relating-events-with-rel-type-and-event-type.ts'
import { getRelatingEventsWithRelType } from './get-relating-events-with-rel-type.ts'
import { getRelatingEvents } from './get-relating-events.ts'
import { getRoomEvents } from './get-room-events.ts'
import { getRoomIdByAlias } from './get-room-id-by-alias.ts'
import { getRoomKeyBySessionId } from './get-room-key-by-session-id.ts'
import { getRoomKeysByRoomId } from './get-room-keys-by-room-id.ts'
import { getRoomKeysVersionCurrent } from './get-room-keys-version-current.ts'
import { getRoomKeysVersion } from './get-room-keys-version.ts'
import { getRoomKeys } from './get-room-keys.ts'
import { getRoomStateWithKey } from './get-room-state-with-key.ts'
import { getRoomState } from './get-room-state.ts'
import { getRoomSummary } from './get-room-summary.ts'
import { getRoomTags } from './get-room-tags.ts'
import { getRoomVisibilityOnDirectory } from './get-room-visibility-on-directory.ts'
import { getSpaceHierarchy } from './get-space-hierarchy.ts'
import { getThreadRoots } from './get-thread-roots.ts'
import { getTokenOwner } from './get-token-owner.ts'
import { getTurnServer } from './get-turn-server.ts'
import { getUserProfile } from './get-user-profile.ts'
import { getVersions } from './get-versions.ts'
import { getWellknownPolicy } from './get-wellknown-policy.ts'
import { getWellknownSupport } from './get-wellknown-support.ts'
import { getWellknown } from './get-wellknown.ts'
import { initialSync } from './initial-sync.ts'
import { getWhoIs } from './get-who-is.ts'
import { inviteUser } from './invite-user.ts'
import { isPushRuleEnabled } from './is-push-rule-enabled.ts'
import { joinRoomById } from './join-room-by-id.ts'
import { joinRoom } from './join-room.ts'
import { kick } from './kick.ts'
import { knockRoom } from './knock-room.ts'
import { leaveRoom } from './leave-room.ts'
import { login } from './login.ts'
import { logoutAll } from './logout-all.ts'
import { logout } from './logout.ts'
import { pingAppservice } from './ping-appservice.ts'
import { postReceipt } from './post-receipt.ts'
import { postRoomKeysVersion } from './post-room-keys-version.ts'
import { putRoomKeyBySessionId } from './put-room-key-by-session-id.ts'
import { putRoomKeysByRoomId } from './put-room-keys-by-room-id.ts'
import { putRoomKeysVersion } from './put-room-keys-version.ts'
import { putRoomKeys } from './put-room-keys.ts'
import { queryKeys } from './query-keys.ts'
import { queryLocationByAlias } from './query-location-by-alias.ts'
import { queryLocationByProtocol } from './query-location-by-protocol.ts'
import { queryPublicRooms } from './query-public-rooms.ts'
import { queryUserByID } from './query-user-by-id.ts'
import { queryUserByProtocol } from './query-user-by-protocol.ts'
import { redactEvent } from './redact-event.ts'
import { refresh } from './refresh.ts'
import { register } from './register.ts'
import { registrationTokenValidity } from './registration-token-validity.ts'
import { reportEvent } from './report-event.ts'
import { reportRoom } from './report-room.ts'
import { reportUser } from './report-user.ts'
import { requestOpenIdToken } from './request-open-id-token.ts'
import { roomInitialSync } from './room-initial-sync.ts'
import { searchUserDirectory } from './search-user-directory.ts'
import { sendMessage } from './send-message.ts'
import { sendToDevice } from './send-to-device.ts'
import { setAccountDataPerRoom } from './set-account-data-per-room.ts'
import { setAccountData } from './set-account-data.ts'
import { setAdminLockUser } from './set-admin-lock-user.ts'
import { setAdminSuspendUser } from './set-admin-suspend-user.ts'
import { setPresence } from './set-presence.ts'
import { setProfileField } from './set-profile-field.ts'
import { setPushRuleActions } from './set-push-rule-actions.ts'
import { setPushRuleEnabled } from './set-push-rule-enabled.ts'
import { setPushRule } from './set-push-rule.ts'
import { setReadMarker } from './set-read-marker.ts'
import { setRoomAlias } from './set-room-alias.ts'
import { setRoomStateWithKey } from './set-room-state-with-key.ts'
import { setRoomTag } from './set-room-tag.ts'
import { setRoomVisibilityOnDirectory } from './set-room-visibility-on-directory.ts'
import { setTyping } from './set-typing.ts'
import { sync } from './sync.ts'
import { unban } from './unban.ts'
import { updateAppserviceRoomDirectoryVisibility } from './update-appservice-room-directory-visibility.ts'
import { updateDevice } from './update-device.ts'
import { upgradeRoom } from './upgrade-room.ts'
import { uploadContentToMXC } from './upload-content-to-mxc.ts'
import { uploadContent } from './upload-content.ts'
import { uploadCrossSigningKeys } from './upload-cross-signing-keys.ts'
import { uploadCrossSigningSignatures } from './upload-cross-signing-signatures.ts'
import { uploadKeys } from './upload-keys.ts'

/** Every operation that clients are served, by area. */
export const clientEndpoints: readonly ((services: Services) => Endpoint)[] = [
  // The server itself.
  getVersions,
  getWellknown,
  getWellknownSupport,
  getWellknownPolicy,
  getCapabilities,
  getTurnServer,
  // Accounts: making one, logging in, sessions and devices.
  register,
  checkUsernameAvailability,
  registrationTokenValidity,
  getLoginFlows,
  login,
  generateLoginToken,
  refresh,
  logout,
  logoutAll,
  getTokenOwner,
  getDevices,
  getDevice,
  updateDevice,
  deleteDevice,
  deleteDevices,
  changePassword,
  deactivateAccount,
  requestOpenIdToken,
  // What administrators see and decide about accounts.
  getWhoIs,
  getAdminLockUser,
  setAdminLockUser,
  getAdminSuspendUser,
  setAdminSuspendUser,
  // What is kept for a user: profile, account data, tags, filters, push rules, presence.
  getUserProfile,
  getProfileField,
  setProfileField,
  deleteProfileField,
  getAccountData,
  setAccountData,
  getAccountDataPerRoom,
  setAccountDataPerRoom,
  getRoomTags,
  setRoomTag,
  deleteRoomTag,
  defineFilter,
  getFilter,
  getPushRules,
  getPushRulesGlobal,
  getPushRule,
  setPushRule,
  deletePushRule,
  isPushRuleEnabled,
  setPushRuleEnabled,
  getPushRuleActions,
  setPushRuleActions,
  getPresence,
  setPresence,
  reportUser,
  // Keys of devices, and messages to them.
  uploadKeys,
  queryKeys,
  claimKeys,
  getKeysChanges,
  uploadCrossSigningKeys,
  uploadCrossSigningSignatures,
  postRoomKeysVersion,
  getRoomKeysVersionCurrent,
  getRoomKeysVersion,
  putRoomKeysVersion,
  deleteRoomKeysVersion,
  putRoomKeys,
  getRoomKeys,
  deleteRoomKeys,
  putRoomKeysByRoomId,
  getRoomKeysByRoomId,
  deleteRoomKeysByRoomId,
  putRoomKeyBySessionId,
  getRoomKeyBySessionId,
  deleteRoomKeyBySessionId,
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
  getMutualRooms,
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
  getContent,
  getContentOverrideName,
  getContentThumbnail,
  getConfigAuthed,
  getConfig,
  // Rooms: reading what was said, who reads and types, the lists of rooms and people, moving on to a new room.
  setTyping,
  postReceipt,
  setReadMarker,
  getRoomEvents,
  getEventContext,
  getEventByTimestamp,
  getOneRoomEvent,
  getRelatingEvents,
  getRelatingEventsWithRelType,
  getRelatingEventsWithRelTypeAndEventType,
  getThreadRoots,
  getRoomSummary,
  getSpaceHierarchy,
  getRoomVisibilityOnDirectory,
  setRoomVisibilityOnDirectory,
  getPublicRooms,
  queryPublicRooms,
  reportEvent,
  reportRoom,
  searchUserDirectory,
  upgradeRoom,
  // Application services and the networks that they lead to.
  pingAppservice,
  updateAppserviceRoomDirectoryVisibility,
  getProtocols,
  getProtocolMetadata,
  queryLocationByProtocol,
  queryUserByProtocol,
  queryLocationByAlias,
  queryUserByID,
  // What follows everything.
  sync,
  getEvents,
  getOneEvent,
  initialSync,
  roomInitialSync,
]
