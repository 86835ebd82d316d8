import { forbidden } from '../matrix/errors.ts'
import { serverNameOf } from '../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject } from '../matrix/json.ts'
import { actionLevel, powerLevelsOf, userLevel } from '../matrix/power-levels.ts'
import { pendingAuthState } from './build-next.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import { isServerIn } from './servers-in-room.ts'

/** Port: of which rooms not all members are known yet. */
export interface PartialRooms { isPartial(roomId: string): boolean }

export interface AdmissionParts {
  readonly rooms: Rooms
  readonly partialRooms: PartialRooms
  readonly serverName: string
}

/**
 * Whether somebody may join a room: it needs nobody's word, or somebody of this server vouches for it. `outsider`: the user
 * is in none of the rooms that are asked for; `unseen`: in none that we see, but we do not see all; `powerless`: nobody of us
 * may vouch.
 */
export type Admission =
  | { readonly kind: 'free' | 'outsider' | 'unseen' | 'powerless' }
  | { readonly kind: 'vouched', readonly by: string }

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

/** By what a user, of whichever server, may join the room, as far as it is for the restricted rule to say. */
export async function findAdmission(room: Room, userId: string, { rooms, partialRooms, serverName }: AdmissionParts): Promise<Admission> {
  const joinRules = room.pendingState('m.room.join_rules')?.content ?? {}
  const rule = ownValue(joinRules, 'join_rule')
  const isRestricted = (rule === 'restricted' && room.version.restrictedJoins) || (
    rule === 'knock_restricted' && room.version.knockRestricted
  )
  const membership = room.pendingMember(userId)?.membership
  if (!isRestricted || membership === 'join' || membership === 'invite') return { kind: 'free' }
  const allowed = new Set(listAllowedRooms(joinRules))
  const seen = [...(await rooms.findAll([...allowed])).values()].filter((each) => isServerIn(each, serverName))
  if (!seen.some((each) => each.membershipOf(userId) === 'join')) {
    const whole = seen.filter(({ roomId }) => !partialRooms.isPartial(roomId))
    return { kind: whole.length === allowed.size ? 'outsider' : 'unseen' }
  }
  const by = findLocalInviter(room, serverName)
  return by === undefined ? { kind: 'powerless' } : { kind: 'vouched', by }
}

/**
 * Who of this server vouches for a join that is allowed by membership of another room; undefined where the join needs
 * nobody's word. Throws M_FORBIDDEN where the user is in none of the rooms.
 */
export async function findAuthoriser(room: Room, userId: string, parts: AdmissionParts): Promise<string | undefined> {
  const admission = await findAdmission(room, userId, parts)
  if (admission.kind === 'outsider' || admission.kind === 'unseen') {
    throw forbidden('You are in none of the rooms that this room asks for.')
  }
  return admission.kind === 'vouched' ? admission.by : undefined
}

function findLocalInviter(room: Room, serverName: string): string | undefined {
  const levels = powerLevelsOf(room.version, pendingAuthState(room))
  for (const { userId, membership } of room.listMembers()) {
    if (membership !== 'join' || serverNameOf(userId) !== serverName) continue
    if (userLevel(levels, userId) >= actionLevel(levels, 'invite')) return userId
  }
  return undefined
}
