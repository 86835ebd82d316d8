import { ownValue, type JsonObject } from '../../matrix/json.ts'
import type { RoomSummary } from '../../spec/types.ts'
import { listAllowedRooms } from '../restricted-joins.ts'
import type { Room } from '../room.ts'

export const SPACE = 'm.space'

/** What is told of a room to who may find it (Client-Server API, RoomSummary), by its present state. */
export function describeRoom(room: Room): RoomSummary {
  const joinRules = room.state('m.room.join_rules')?.content ?? {}
  const rule = room.stateString('m.room.join_rules', 'join_rule') ?? 'invite'
  const isRestricted = rule === 'restricted' || rule === 'knock_restricted'
  return {
    room_id: room.roomId,
    num_joined_members: room.joinedCount(),
    world_readable: isWorldReadable(room),
    guest_can_join: room.stateString('m.room.guest_access', 'guest_access') === 'can_join',
    join_rule: rule,
    name: room.stateString('m.room.name', 'name'),
    topic: room.stateString('m.room.topic', 'topic'),
    canonical_alias: room.stateString('m.room.canonical_alias', 'alias'),
    avatar_url: room.stateString('m.room.avatar', 'url'),
    room_type: room.stateString('m.room.create', 'type'),
    room_version: room.version.id,
    encryption: encryptionOf(room.state('m.room.encryption')?.content),
    allowed_room_ids: isRestricted ? listAllowedRooms(joinRules) : undefined,
  }
}

/** Whether also who was never in the room may read what is said now (Client-Server API, Room History Visibility). */
export function isWorldReadable(room: Pick<Room, 'stateString'>): boolean {
  return room.stateString('m.room.history_visibility', 'history_visibility') === 'world_readable'
}

function encryptionOf(content: JsonObject | undefined): RoomSummary['encryption'] {
  const algorithm = ownValue(content ?? {}, 'algorithm')
  return algorithm === 'm.megolm.v1.aes-sha2' ? algorithm : undefined
}
