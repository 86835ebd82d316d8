import { isRoomId } from '../../matrix/ids.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import type { PublicRoomsChunk, RoomSummary } from '../../spec/types.ts'

const ALGORITHM = 'm.megolm.v1.aes-sha2'

/** What another server tells of a room of its public list; undefined where it is not of the right form. */
export function readPublicRoom(value: JsonObject): PublicRoomsChunk | undefined {
  const text = (key: string): string | undefined => {
    const field = ownValue(value, key)
    return typeof field === 'string' ? field : undefined
  }
  const roomId = ownValue(value, 'room_id')
  const joined = Number(ownValue(value, 'num_joined_members') ?? 0)
  if (!isRoomId(roomId) || !Number.isSafeInteger(joined)) return undefined
  return {
    room_id: roomId,
    num_joined_members: Math.max(0, joined),
    world_readable: ownValue(value, 'world_readable') === true,
    guest_can_join: ownValue(value, 'guest_can_join') === true,
    join_rule: text('join_rule'),
    name: text('name'),
    topic: text('topic'),
    canonical_alias: text('canonical_alias'),
    avatar_url: text('avatar_url'),
    room_type: text('room_type'),
  }
}

/** The same for the longer form that hierarchies have. */
export function readSummary(value: JsonObject): RoomSummary | undefined {
  const room = readPublicRoom(value)
  if (room === undefined) return undefined
  const allowed = ownValue(value, 'allowed_room_ids')
  const version = ownValue(value, 'room_version')
  return {
    ...room,
    allowed_room_ids: Array.isArray(allowed) ? allowed.filter(isRoomId) : undefined,
    encryption: ownValue(value, 'encryption') === ALGORITHM ? ALGORITHM : undefined,
    room_version: typeof version === 'string' ? version : undefined,
  }
}
