import type { Room } from './room.ts'

/** Whether a user of the server is joined to the room. */
export function isServerIn(room: Pick<Room, 'servers'>, serverName: string): boolean {
  return room.servers.has(serverName)
}
