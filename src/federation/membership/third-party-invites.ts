import { forbidden, invalidParam, MatrixError, notFound } from '../../matrix/errors.ts'
import { isUserId, serverNameOf } from '../../matrix/ids.ts'
import { ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import { federationPath } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { Draft } from '../../rooms/draft.ts'
import type { RemoteMemberships } from '../../rooms/remote-memberships.ts'
import type { Room } from '../../rooms/room.ts'
import type { RoomWriter } from '../../rooms/writer.ts'
import type { Accounts } from '../../users/accounts.ts'
import type { Log } from '../../util/log.ts'
import { getResidentRoom, type ResidentParts } from './membership-request.ts'

export interface ThirdPartyInvitesParts extends ResidentParts {
  readonly writer: RoomWriter
  readonly accounts: Accounts
  readonly remoteMemberships: RemoteMemberships
  readonly signedRequests: SignedRequests
  readonly log: Log
}

/** An invite of an address whose owner has become known. */
export interface BoundInvite {
  readonly roomId: string
  /** Who invited the address. */
  readonly sender: string
  /** Whose address it is. */
  readonly userId: string
  /** What the identity server signed. */
  readonly signed: JsonObject
}

/** So many invites of one address are gone after. */
const INVITES_MAX = 50

/** Turns invites of addresses into invites of users (Server-Server API, Third-party invites). */
export class ThirdPartyInvites {
  readonly #parts: ThirdPartyInvitesParts

  constructor(parts: ThirdPartyInvitesParts) {
    this.#parts = parts
  }

  /**
   * Another server knows whose address a user of ours invited: he is invited in that user's name. Built is what the room knows
   * of the invite and what a key of the room has signed. Throws M_NOT_FOUND, M_INVALID_PARAM, M_FORBIDDEN where the room does
   * not know the key by which it is signed.
   */
  async exchange(origin: string, invite: BoundInvite): Promise<void> {
    const { serverName } = this.#parts
    const room = await getResidentRoom(this.#parts, invite.roomId, origin)
    if (serverNameOf(invite.sender) !== serverName) throw forbidden(`${invite.sender} is not of this server.`)
    await this.#invite(room, invite)
  }

  /**
   * An identity server tells whose address it is that others invited: a user of ours. In rooms that we are in, the invites of our
   * users are made here; else the servers of those who invite are told.
   */
  async bind(userId: string, invites: readonly BoundInvite[]): Promise<void> {
    const { accounts, serverName, log } = this.#parts
    if (serverNameOf(userId) !== serverName || await accounts.find(userId) === undefined) throw notFound('There is no such user.')
    for (const invite of invites.slice(0, INVITES_MAX)) {
      if (invite.userId !== userId) continue
      try {
        if (serverNameOf(invite.sender) === serverName) await this.exchange(serverName, invite)
        else await this.#tell(invite)
      } catch (error) {
        if (!(error instanceof MatrixError)) throw error
        log.info({ room: invite.roomId, user: userId, error: error.message }, 'An invite of an address came to nothing')
      }
    }
  }

  /**
   * A user of ours shows that an address is his that somebody invited, and is invited himself; nothing is needed for who is
   * invited already. Throws M_FORBIDDEN, and what the server of who invited answers.
   */
  async redeem(userId: string, roomId: string, signed: JsonObject): Promise<void> {
    const { rooms, serverName } = this.#parts
    const [sender, mxid] = [ownValue(signed, 'sender'), ownValue(signed, 'mxid')]
    if (typeof sender !== 'string' || mxid !== userId) throw forbidden('The address is not that of who joins.')
    const membership = (await rooms.find(roomId))?.pendingMember(userId)?.membership
    if (membership === 'join' || membership === 'invite') return
    const invite = { roomId, sender, userId, signed }
    if (serverNameOf(sender) === serverName) await this.exchange(serverName, invite)
    else await this.#tell(invite)
  }

  async #invite(room: Room, { sender, userId, signed }: BoundInvite): Promise<void> {
    const { writer, remoteMemberships, serverName } = this.#parts
    if (!isUserId(userId)) throw invalidParam(`${userId} is not a user id.`)
    const token = ownValue(signed, 'token')
    const known = typeof token === 'string' ? room.state('m.room.third_party_invite', token) : undefined
    if (known === undefined) throw forbidden('The room has no such invite.')
    const draft: Draft = {
      type: 'm.room.member',
      sender,
      stateKey: userId,
      content: {
        membership: 'invite',
        third_party_invite: { display_name: textOf(ownValue(known.content, 'display_name')), signed: signedPart(signed) },
      },
    }
    if (serverNameOf(userId) === serverName) await writer.append(room, [draft])
    else await remoteMemberships.invite(room, draft)
  }

  async #tell({ roomId, sender, userId, signed }: BoundInvite): Promise<void> {
    const server = serverNameOf(sender) ?? ''
    const body = {
      type: 'm.room.member', room_id: roomId, sender, state_key: userId,
      content: { membership: 'invite', third_party_invite: { display_name: userId, signed } },
    }
    const answer = await this.#parts.signedRequests.put(server, federationPath('v1', 'exchange_third_party_invite', roomId), body)
    if (!answer.ok) throw new MatrixError('M_UNKNOWN', answer.message)
  }
}

/** The rules see to it that a key of the room has signed all of it; what no signature covers is left out. */
function signedPart({ unsigned: _, ...signed }: JsonObject): JsonObject {
  return signed
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
