import type { JsonObject } from '../../matrix/json.ts'
import type { Room } from '../../rooms/room.ts'
import type { RoomWriter } from '../../rooms/writer.ts'
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
export async function membershipTemplate(
  { writer }: { readonly writer: RoomWriter }, room: Room, { userId, membership, content }: TemplateWish,
): Promise<JsonObject> {
  const draft = { type: 'm.room.member', sender: userId, stateKey: userId, content: { ...content, membership } }
  return { room_version: room.version.id, event: await writer.template(room, draft) }
}
