import type { EventFields } from '../../matrix/build-event.ts'
import type { JsonObject } from '../../matrix/json.ts'
import { templateNext } from '../../rooms/build.ts'
import type { Room } from '../../rooms/room.ts'
import type { OwnMembership } from './membership-request.ts'

/** For whom the template is, and what the membership says besides. */
export interface TemplateWish {
  readonly userId: string
  readonly membership: OwnMembership
  readonly content?: JsonObject
}

/**
 * A membership for another server to complete, sign and send back, as things are in the room now (Server-Server API, Joining
 * Rooms). Throws M_FORBIDDEN where the rules of the room would refuse it.
 */
export function membershipTemplate(room: Room, { userId, membership, content }: TemplateWish, serverName: string, now: number): JsonObject {
  const fields = templateNext(room, {
    type: 'm.room.member', sender: userId, stateKey: userId, content: { ...content, membership },
  }, now)
  return { room_version: room.version.id, event: wireTemplate(fields, room.roomId, serverName) }
}

function wireTemplate(fields: EventFields, roomId: string, serverName: string): JsonObject {
  return {
    auth_events: fields.authEvents,
    content: fields.content,
    depth: fields.depth,
    origin: serverName,
    origin_server_ts: fields.originServerTs,
    prev_events: fields.prevEvents,
    room_id: roomId,
    sender: fields.sender,
    state_key: fields.stateKey ?? '',
    type: fields.type,
  }
}
