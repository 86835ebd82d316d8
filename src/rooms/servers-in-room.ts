import { serverNameOf } from '../matrix/ids.ts'
import type { Room } from './room.ts'

/** Whether a user of the server is joined to the room. */
export function isServerIn(room: Pick<Room, 'listMembers'>, serverName: string): boolean {
  const end = `:${serverName}`
  for (const { userId, membership } of room.listMembers()) {
    // The end alone would also be that of a server whose name ends so.
    if (membership === 'join' && userId.endsWith(end) && serverNameOf(userId) === serverName) return true
  }
  return false
}
