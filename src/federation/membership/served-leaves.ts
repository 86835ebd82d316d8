import type { JsonObject } from '../../matrix/json.ts'
import type { RoomWriter } from '../../rooms/writer.ts'
import { checkOwnUser, getResidentRoom, readMembership, type ResidentParts, type SentMembership } from './membership-request.ts'
import { checkSent, takeSent, type TakingParts } from './taking.ts'
import { membershipTemplate } from './templates.ts'

export interface ServedLeavesParts extends ResidentParts, TakingParts {
  readonly writer: RoomWriter
}

/** Lets users of other servers leave rooms, refuse invites and take knocks back (Server-Server API, Leaving Rooms). */
export class ServedLeaves {
  readonly #parts: ServedLeavesParts

  constructor(parts: ServedLeavesParts) {
    this.#parts = parts
  }

  /** Throws M_NOT_FOUND, M_FORBIDDEN. */
  async make(origin: string, roomId: string, userId: string): Promise<JsonObject> {
    checkOwnUser(userId, origin)
    const room = await getResidentRoom(this.#parts, roomId, origin)
    return membershipTemplate(this.#parts, room, { userId, membership: 'leave' })
  }

  /** Throws M_NOT_FOUND, M_FORBIDDEN, M_INVALID_PARAM, M_BAD_JSON. */
  async send(sent: SentMembership): Promise<void> {
    const room = await getResidentRoom(this.#parts, sent.roomId, sent.origin)
    const { json } = readMembership(room.version, sent, 'leave')
    await takeSent(this.#parts, room, await checkSent(this.#parts, room, json), sent.origin)
  }
}
