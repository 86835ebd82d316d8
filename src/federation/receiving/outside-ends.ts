import { serverNameOf } from '../../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject } from '../../matrix/json.ts'
import { findRoomVersion } from '../../matrix/room-versions.ts'
import type { Members } from '../../members/members.ts'
import type { CheckedPdu } from '../../rooms/receive/check-pdus.ts'
import type { Receiver } from '../../rooms/receive/receive.ts'
import type { Db } from '../../store/database.ts'
import type { Names } from '../../store/names.ts'
import { findRoom } from '../../store/rooms/rooms.ts'
import type { OutsideMemberships } from '../membership/outside-memberships.ts'

export interface OutsideEndsParts {
  readonly db: Db
  readonly names: Names
  readonly members: Members
  readonly receiver: Receiver
  readonly outsideMemberships: Pick<OutsideMemberships, 'listShown' | 'end' | 'inTurn'>
  readonly serverName: string
}

/** Invites that are taken back and knocks that are refused, in rooms that nobody of this server is in. */
export class OutsideEnds {
  readonly #parts: OutsideEndsParts

  constructor(parts: OutsideEndsParts) {
    this.#parts = parts
  }

  /**
   * Looks among events of such a room for the ends of memberships of our users. The rest cannot be judged: the power levels
   * are not known here, so that an invite can be taken back only by who sent it. Who may refuse a knock cannot be known at all;
   * that somebody knows its id shows that a server in the room told of it.
   */
  async take(roomId: string, pdus: readonly JsonObject[]): Promise<void> {
    const ends = pdus.filter((pdu) => this.#mayBeEnd(pdu))
    const room = ends.length === 0 ? undefined : await findRoom(this.#parts.db, roomId)
    const version = room === undefined ? undefined : findRoomVersion(room.version)
    if (room === undefined || version === undefined) return
    for (const checked of await this.#parts.receiver.check({ roomId, version }, ends)) {
      if (checked.ok) await this.#parts.outsideMemberships.inTurn(roomId, () => this.#end(room.nid, checked))
    }
  }

  #mayBeEnd(pdu: JsonObject): boolean {
    const [userId, content] = [ownValue(pdu, 'state_key'), ownValue(pdu, 'content')]
    const membership = isJsonObject(content) ? ownValue(content, 'membership') : undefined
    return ownValue(pdu, 'type') === 'm.room.member' && (membership === 'leave' || membership === 'ban')
      && typeof userId === 'string' && serverNameOf(userId) === this.#parts.serverName
  }

  async #end(nid: number, { pdu }: CheckedPdu): Promise<void> {
    const { sender, stateKey = '', authEvents } = pdu
    const { names, members, outsideMemberships } = this.#parts
    const user = await names.findUser(stateKey)
    const entry = user === undefined ? undefined : await members.membershipOf(user, nid)
    if (user === undefined || entry === undefined) return
    const own = (await outsideMemberships.listShown(user, nid))
      .findLast((event) => ownValue(event, 'type') === 'm.room.member' && ownValue(event, 'state_key') === stateKey)
    const [eventId, inviter] = own === undefined ? [] : [ownValue(own, 'event_id'), ownValue(own, 'sender')]
    // It cites what it ends. What came later, as a knock does that follows a refusal, it does not end.
    if (typeof eventId !== 'string' || !authEvents.includes(eventId)) return
    if (entry.membership === 'knock' || (entry.membership === 'invite' && inviter === sender)) {
      await outsideMemberships.end(user, entry, pdu)
    }
  }
}
