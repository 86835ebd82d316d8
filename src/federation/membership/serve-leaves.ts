import type { JsonObject } from '../../matrix/json.ts'
import type { RoomWriter } from '../../rooms/writer.ts'
import { checkOwnUser, getResidentRoom, readMembership, type ResidentDeps, type SentMembership } from './membership-request.ts'
import { checkSent, takeSent, type TakingDeps } from './taking.ts'
import { membershipTemplate } from './templates.ts'

export interface ServedLeavesDeps extends ResidentDeps, TakingDeps {
  readonly writer: RoomWriter
}

/** Lets users of other servers leave rooms, refuse invites and take knocks back (Server-Server API, Leaving Rooms). */
export class ServedLeaves {
  readonly #deps: ServedLeavesDeps

  constructor(deps: ServedLeavesDeps) {
    this.#deps = deps
  }

  /** Throws M_NOT_FOUND, M_FORBIDDEN. */
  async make(origin: string, roomId: string, userId: string): Promise<JsonObject> {
    checkOwnUser(userId, origin)
    const room = await getResidentRoom(this.#deps, roomId, origin)
    return membershipTemplate(this.#deps, room, { userId, membership: 'leave' })
  }

  /** Throws M_NOT_FOUND, M_FORBIDDEN, M_INVALID_PARAM, M_BAD_JSON. */
  async send(sent: SentMembership): Promise<void> {
    const room = await getResidentRoom(this.#deps, sent.roomId, sent.origin)
    const { json } = readMembership(room.version, sent, 'leave')
    await takeSent(this.#deps, room, await checkSent(this.#deps, room, json), sent.origin)
  }
}
