import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { createRoom } from './create-room.ts'
import { deleteRoomAlias } from './delete-room-alias.ts'
import { getLocalAliases } from './get-local-aliases.ts'
import { getPublicRooms } from './get-public-rooms.ts'
import { getRoomIdByAlias } from './get-room-id-by-alias.ts'
import { getRoomSummary } from './get-room-summary.ts'
import { getRoomVisibilityOnDirectory } from './get-room-visibility-on-directory.ts'
import { getSpaceHierarchy } from './get-space-hierarchy.ts'
import { queryPublicRooms } from './query-public-rooms.ts'
import { reportRoom } from './report-room.ts'
import { setRoomAlias } from './set-room-alias.ts'
import { setRoomVisibilityOnDirectory } from './set-room-visibility-on-directory.ts'
import { upgradeRoom } from './upgrade-room.ts'

/** Rooms: making them, naming them, finding them, moving on to a new one. */
export const roomEndpoints: readonly ((services: Services) => Endpoint)[] = [
  createRoom,
  upgradeRoom,
  setRoomAlias,
  getRoomIdByAlias,
  deleteRoomAlias,
  getLocalAliases,
  getRoomVisibilityOnDirectory,
  setRoomVisibilityOnDirectory,
  getPublicRooms,
  queryPublicRooms,
  getRoomSummary,
  getSpaceHierarchy,
  reportRoom,
]
