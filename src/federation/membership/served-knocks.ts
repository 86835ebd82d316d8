import type { JsonObject } from '../../matrix/json.ts'
import type { RoomBlocks } from '../../rooms/upkeep/room-blocks.ts'
import type { RoomWriter } from '../../rooms/writer.ts'
import { listShownState } from '../../rooms/stripped-state.ts'
import {
  checkOwnUser, checkVersionKnown, getResidentRoom, readMembership, type ResidentParts, type SentMembership,
} from './membership-request.ts'
import { checkSent, takeSent, type TakingParts } from './taking.ts'
import { membershipTemplate } from './templates.ts'

export interface ServedKnocksParts extends ResidentParts, TakingParts {
  readonly roomBlocks: RoomBlocks
  readonly writer: RoomWriter
}

/** Lets users of other servers knock at rooms that we are in (Server-Server API, Knocking upon a room). */
export class ServedKnocks {
  readonly #parts: ServedKnocksParts

  constructor(parts: ServedKnocksParts) {
    this.#parts = parts
  }

  /** Throws M_NOT_FOUND, M_FORBIDDEN, M_INCOMPATIBLE_ROOM_VERSION. */
  async make(origin: string, roomId: string, userId: string, versions: readonly string[]): Promise<JsonObject> {
    checkOwnUser(userId, origin)
    const room = await getResidentRoom(this.#parts, roomId, origin)
    this.#parts.roomBlocks.check(roomId)
    checkVersionKnown(room, versions)
    return membershipTemplate(this.#parts, room, { userId, membership: 'knock' })
  }

  /** Takes the knock; resolves with what who knocks may know of the room, as whole events. */
  async send(sent: SentMembership): Promise<readonly JsonObject[]> {
    const room = await getResidentRoom(this.#parts, sent.roomId, sent.origin)
    this.#parts.roomBlocks.check(sent.roomId)
    const { json } = readMembership(room.version, sent, 'knock')
    await takeSent(this.#parts, room, await checkSent(this.#parts, room, json), sent.origin)
    return (await this.#parts.events.list(listShownState(room))).map((event) => event.pdu)
  }
}
