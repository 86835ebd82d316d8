import type { RoomSummary } from '../../spec/types.ts'
import type { Room } from '../room.ts'
import type { Rooms } from '../rooms.ts'
import { isServerIn } from '../servers-in-room.ts'
import { describeRoom } from './describe-room.ts'

const OPEN_RULES = new Set(['public', 'knock', 'knock_restricted'])

/** Whether anybody may read the room, join it or ask to be let in. */
export function isOpen({ join_rule: rule, world_readable: isReadable }: Pick<RoomSummary, 'join_rule' | 'world_readable'>): boolean {
  return isReadable || OPEN_RULES.has(rule ?? 'public')
}

/** Whether somebody may know that a room is there: who is in it, is invited, or could get in (Client-Server API, Spaces). */
export async function mayUserFind(room: Room, userId: string | undefined, rooms: Rooms): Promise<boolean> {
  const summary = describeRoom(room)
  if (isOpen(summary)) return true
  if (userId === undefined) return false
  const membership = room.membershipOf(userId)
  return membership === 'join' || membership === 'invite' || isInOneOf(summary.allowed_room_ids ?? [], userId, rooms)
}

/** Whether the user is joined to one of the rooms. */
export async function isInOneOf(roomIds: readonly string[], userId: string, rooms: Rooms): Promise<boolean> {
  const found = await rooms.findAll([...new Set(roomIds)])
  return [...found.values()].some((room) => room.membershipOf(userId) === 'join')
}

/** The same for users of another server, one standing for all (Server-Server API, Spaces). */
export async function mayServerFind(room: Room, serverName: string, rooms: Rooms): Promise<boolean> {
  const summary = describeRoom(room)
  if (isOpen(summary) || isServerIn(room, serverName)) return true
  for (const { userId, membership } of room.listMembers()) {
    if (membership === 'invite' && userId.endsWith(`:${serverName}`)) return true
  }
  const allowed = await rooms.findAll([...new Set(summary.allowed_room_ids ?? [])])
  return [...allowed.values()].some((each) => isServerIn(each, serverName))
}
