import { MatrixError, forbidden } from '../../matrix/errors.ts'
import type { Pdu } from '../../matrix/event.ts'
import { eventSignedText } from '../../matrix/hashes.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import { signText, withSignature, type SigningKey } from '../../matrix/signing.ts'
import { findAuthorisingServer } from '../../matrix/verify-event.ts'
import { findAdmission, type Admission, type PartialRooms } from '../../rooms/restricted-joins.ts'
import type { RoomBlocks } from '../../rooms/upkeep/room-blocks.ts'
import type { Room } from '../../rooms/room.ts'
import type { RoomWriter } from '../../rooms/writer.ts'
import {
  checkOwnUser, checkVersionKnown, getResidentRoom, readMembership, type ResidentParts, type SentMembership,
} from './membership-request.ts'
import { JoinAnswers, type JoinAnswersParts } from './join-answers.ts'
import { checkSent, takeSent, type TakingParts } from './taking.ts'
import { membershipTemplate } from './templates.ts'

export interface ServedJoinsParts extends ResidentParts, TakingParts, JoinAnswersParts {
  readonly roomBlocks: RoomBlocks
  readonly partialRooms: PartialRooms
  readonly signingKey: SigningKey
  readonly writer: RoomWriter
}

/** Lets users of other servers into rooms that we are in (Server-Server API, Joining Rooms). */
export class ServedJoins {
  readonly #parts: ServedJoinsParts
  readonly #answers: JoinAnswers

  constructor(parts: ServedJoinsParts) {
    this.#parts = parts
    this.#answers = new JoinAnswers(parts)
  }

  /**
   * What a join has to be like. Throws M_NOT_FOUND, M_FORBIDDEN, M_INCOMPATIBLE_ROOM_VERSION, and for restricted rooms
   * M_UNABLE_TO_AUTHORISE_JOIN or M_UNABLE_TO_GRANT_JOIN, upon which another server may be asked.
   */
  async make(origin: string, roomId: string, userId: string, versions: readonly string[]): Promise<JsonObject> {
    checkOwnUser(userId, origin)
    const { roomBlocks } = this.#parts
    const room = await getResidentRoom(this.#parts, roomId, origin)
    roomBlocks.check(roomId)
    checkVersionKnown(room, versions)
    const admission = await findAdmission(room, userId, this.#parts)
    checkAdmission(admission)
    const content = admission.kind === 'vouched' ? { join_authorised_via_users_server: admission.by } : {}
    return membershipTemplate(this.#parts, room, { userId, membership: 'join', content })
  }

  /** Takes the join; resolves with the answer as JSON text: the state before it and what authorises that. */
  async send(sent: SentMembership, omitsMembers: boolean): Promise<string> {
    const room = await getResidentRoom(this.#parts, sent.roomId, sent.origin)
    this.#parts.roomBlocks.check(sent.roomId)
    const pdu = readMembership(room.version, sent, 'join')
    const checked = await checkSent(this.#parts, room, await this.#vouch(room, pdu))
    const event = await takeSent(this.#parts, room, checked, sent.origin)
    return this.#answers.write(room, event, omitsMembers)
  }

  /**
   * Signs a restricted join for which we are to vouch. Each field that makes it one was looked at: it is a join of its
   * sender, of the server that asks, into this room; here we see that that server signed it, that the user is in one of the
   * rooms that are asked for, and that who is named for it is the one of us whom we would name.
   */
  async #vouch(room: Room, pdu: Pdu): Promise<JsonObject> {
    const { serverName, signingKey } = this.#parts
    if (findAuthorisingServer(pdu, room.version) !== serverName) return pdu.json
    await checkSent(this.#parts, room, pdu.json)
    const admission = await findAdmission(room, pdu.sender, this.#parts)
    checkAdmission(admission)
    const named = ownValue(pdu.content, 'join_authorised_via_users_server')
    if (admission.kind !== 'vouched' || named !== admission.by) throw forbidden('Who is named does not vouch for this join.')
    const signature = signText(eventSignedText(pdu.json, room.version), signingKey)
    return withSignature(pdu.json, serverName, { keyId: signingKey.keyId, signature })
  }
}

function checkAdmission({ kind }: Admission): void {
  if (kind === 'outsider') throw forbidden('The user is in none of the rooms that this room asks for.')
  if (kind === 'unseen') {
    throw new MatrixError('M_UNABLE_TO_AUTHORISE_JOIN', 'This server does not see who is in the rooms that this room asks for.')
  }
  if (kind === 'powerless') throw new MatrixError('M_UNABLE_TO_GRANT_JOIN', 'Nobody of this server may vouch for the join.')
}
