// Generated from /spec by `npm run spec`. Change the documents there, never this file.

import type { clientOperations } from './operations.ts'

type OperationId = keyof typeof clientOperations

/**
 * Each version with the operations that clients use because it is in `/versions`, and would otherwise do without. An
 * operation that clients try in any case, and take an M_UNRECOGNIZED of as an answer, is not among them.
 */
const GATES: readonly (readonly [string, readonly OperationId[]])[] = [
  ['v1.1', ['getVersions', 'login', 'register', 'sync', 'createRoom', 'joinRoom', 'sendMessage', 'getRoomEvents']],
  ['v1.2', ['registrationTokenValidity']],
  ['v1.3', ['refresh', 'getRelatingEvents', 'getRelatingEventsWithRelType', 'getRelatingEventsWithRelTypeAndEventType']],
  ['v1.4', ['getThreadRoots', 'postReceipt', 'setReadMarker']],
  ['v1.5', []],
  ['v1.6', []],
  ['v1.7', ['getPushRules']],
  ['v1.8', []],
  ['v1.9', []],
  ['v1.10', ['getRelatingEvents']],
  ['v1.11', ['getContentAuthed', 'getContentOverrideNameAuthed', 'getContentThumbnailAuthed', 'getConfigAuthed']],
  ['v1.12', ['joinRoom', 'knockRoom']],
  ['v1.13', ['reportRoom']],
  ['v1.14', ['reportUser']],
  ['v1.15', ['getAuthMetadata', 'getRoomSummary']],
  ['v1.16', ['getProfileField', 'setProfileField', 'deleteProfileField']],
  ['v1.17', []],
  ['v1.18', ['getAdminLockUser', 'setAdminLockUser', 'getAdminSuspendUser', 'setAdminSuspendUser']],
  ['v1.19', ['getMutualRooms']],
]

/** The versions up to the first one that has an operation in `unserved`: clients read a version as all those before it. */
export function servedVersions(unserved: readonly string[]): readonly string[] {
  const firstGap = GATES.findIndex(([, operations]) => operations.some((operationId) => unserved.includes(operationId)))
  return GATES.slice(0, firstGap < 0 ? GATES.length : firstGap).map(([version]) => version)
}
