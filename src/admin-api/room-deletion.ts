import type { Deletion } from '../rooms/upkeep/room-deletions.ts'
import type { RoomDeletion } from '../spec/types.ts'

/** How a deletion is told, as Synapse's tools read it. */
export function describeDeletion({ id, roomId, status, error, result }: Deletion): RoomDeletion {
  return {
    delete_id: id,
    room_id: roomId,
    status,
    ...(status === 'failed' && error !== undefined ? { error } : {}),
    shutdown_room: {
      kicked_users: result.kicked,
      failed_to_kick_users: result.failed,
      local_aliases: result.aliases,
      new_room_id: result.newRoomId,
    },
  }
}
