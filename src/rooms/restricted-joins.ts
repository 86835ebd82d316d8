import { forbidden } from '../matrix/errors.ts'
import { serverNameOf } from '../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject } from '../matrix/json.ts'
import { actionLevel, powerLevelsOf, userLevel } from '../matrix/power-levels.ts'
import type { Members } from '../members/members.ts'
import { pendingAuthState } from './build.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'

/** The rooms whose members may join without an invite (Client-Server API, Restricted rooms). */
export function listAllowedRooms(joinRules: JsonObject): string[] {
  const allow = ownValue(joinRules, 'allow')
  if (!Array.isArray(allow)) return []
  return allow.flatMap((condition) => {
    if (!isJsonObject(condition) || ownValue(condition, 'type') !== 'm.room_membership') return []
    const roomId = ownValue(condition, 'room_id')
    return typeof roomId === 'string' ? [roomId] : []
  })
}

/**
 * Who of this server vouches for a join that is allowed by membership of another room; undefined where the join needs
 * nobody's word. Throws M_FORBIDDEN where the user is in none of the rooms.
 */
export async function findAuthoriser(
  room: Room, actor: { user: number, userId: string }, { rooms, members, serverName }: {
    rooms: Rooms, members: Members, serverName: string,
  },
): Promise<string | undefined> {
  const joinRules = room.pendingState('m.room.join_rules')?.content ?? {}
  const rule = ownValue(joinRules, 'join_rule')
  const isRestricted = (rule === 'restricted' && room.version.restrictedJoins) || (
    rule === 'knock_restricted' && room.version.knockRestricted
  )
  const membership = room.pendingMember(actor.userId)?.membership
  if (!isRestricted || membership === 'join' || membership === 'invite') return undefined
  const memberships = await members.roomsOf(actor.user)
  const isAllowed = (await Promise.all(listAllowedRooms(joinRules).map((roomId) => rooms.find(roomId))))
    .some((allowed) => allowed !== undefined && memberships.get(allowed.nid)?.membership === 'join')
  if (!isAllowed) throw forbidden('You are in none of the rooms that this room asks for.')
  return findLocalInviter(room, serverName)
}

function findLocalInviter(room: Room, serverName: string): string | undefined {
  const levels = powerLevelsOf(room.version, pendingAuthState(room))
  for (const { userId, membership } of room.listMembers()) {
    if (membership !== 'join' || serverNameOf(userId) !== serverName) continue
    if (userLevel(levels, userId) >= actionLevel(levels, 'invite')) return userId
  }
  return undefined
}
