import { forbidden, invalidParam, MatrixError, notFound } from '../../matrix/errors.ts'
import type { Pdu } from '../../matrix/event.ts'
import { eventSignedText, hasRightContentHash } from '../../matrix/hashes.ts'
import { serverNameOf } from '../../matrix/ids.ts'
import { ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import { findRoomVersion, type RoomVersion } from '../../matrix/room-versions.ts'
import { signText, withSignature, type SigningKey } from '../../matrix/signing.ts'
import type { MembershipLimits } from '../../rooms/membership-limits.ts'
import { checkPdus } from '../../rooms/receive/check-pdus.ts'
import type { Receiver } from '../../rooms/receive/receive.ts'
import type { Room } from '../../rooms/room.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { ServerKeys } from '../../rooms/server-keys.ts'
import { isServerIn } from '../../rooms/servers-in-room.ts'
import { ownStripped } from '../../rooms/stripped-state.ts'
import type { RoomBlocks } from '../../rooms/upkeep/room-blocks.ts'
import type { Accounts } from '../../users/accounts.ts'
import type { InvitePermissions } from '../../users/invite-permissions.ts'
import type { ServerAcls } from '../server-acls.ts'
import { readEventOf, type SentMembership } from './membership-request.ts'
import type { OutsideMemberships } from './outside-memberships.ts'
import { readShownState } from './shown-state.ts'

export interface ServedInvitesParts {
  readonly rooms: Rooms
  readonly receiver: Receiver
  readonly keys: ServerKeys
  readonly accounts: Accounts
  readonly invitePermissions: Pick<InvitePermissions, 'check'>
  readonly outside: OutsideMemberships
  readonly membershipLimits: MembershipLimits
  readonly roomBlocks: RoomBlocks
  readonly serverAcls: ServerAcls
  readonly serverName: string
  readonly signingKey: SigningKey
}

export interface SentInvite extends SentMembership {
  /** The id of the room version. */
  readonly version: string
  readonly shown: JsonValue | undefined
}

/** Takes invites of our users (Server-Server API, Inviting to a room). */
export class ServedInvites {
  readonly #parts: ServedInvitesParts

  constructor(parts: ServedInvitesParts) {
    this.#parts = parts
  }

  /**
   * Lets a user of ours know of an invite; resolves with the event, signed by us as well. Throws M_INCOMPATIBLE_ROOM_VERSION,
   * M_INVALID_PARAM, M_BAD_JSON, M_FORBIDDEN, M_INVITE_BLOCKED, M_NOT_FOUND, M_TOO_LARGE, M_LIMIT_EXCEEDED.
   */
  async take(sent: SentInvite): Promise<JsonObject> {
    const { membershipLimits, roomBlocks } = this.#parts
    const version = findRoomVersion(sent.version)
    if (version === undefined) throw new MatrixError('M_INCOMPATIBLE_ROOM_VERSION', `Room version ${sent.version} is unknown here.`)
    const invite = this.#readInvite(version, sent)
    roomBlocks.check(sent.roomId)
    const shown = [...readShownState(version, sent.roomId, sent.shown), ownStripped(invite)]
    const user = await this.#findInvited(invite)
    await this.#checkSigned(version, invite)
    const signed = this.#sign(version, invite)
    const invites = { sender: invite.sender, invited: [invite.stateKey ?? ''], roomId: undefined }
    await membershipLimits.invite(invites, () => this.#parts.outside.inTurn(sent.roomId, () => (
      this.#enter(sent, version, { user, signed, shown })
    )))
    return signed
  }

  /**
   * Looks at each field that makes the event the invite of one of our users: the room and the id are those of the path, it is a
   * membership, of somebody of us, it becomes an invite, and who sends it is of the server that asks.
   */
  #readInvite(version: RoomVersion, sent: SentInvite): Pdu {
    const { serverName } = this.#parts
    const invite = readEventOf(version, sent)
    if (invite.type !== 'm.room.member') throw invalidParam(`This is no membership, but ${invite.type}.`)
    if (ownValue(invite.content, 'membership') !== 'invite') throw invalidParam('This is no invite.')
    if (serverNameOf(invite.stateKey ?? '') !== serverName) throw invalidParam('Nobody of this server is invited.')
    if (serverNameOf(invite.sender) !== sent.origin || sent.origin === serverName) throw forbidden('The sender is of another server.')
    return invite
  }

  /** The number of the user who is invited, if he may be. */
  async #findInvited({ stateKey = '' }: Pdu): Promise<number> {
    const { accounts, invitePermissions } = this.#parts
    const account = await accounts.find(stateKey)
    if (account === undefined || account.deactivatedAt !== null) throw notFound('There is no such user.')
    await invitePermissions.check(stateKey)
    return account.user
  }

  /** Also an invite that redeems one by e-mail, whose sender needs not have signed it, is signed by the server that asks. */
  async #checkSigned(version: RoomVersion, { json, roomId }: Pdu): Promise<void> {
    const [checked] = await checkPdus({ roomId, version }, [json], this.#parts.keys)
    if (checked?.ok !== true) throw forbidden(checked?.reason ?? 'The invite is not signed.')
    if (!hasRightContentHash(json)) throw invalidParam('The content is not the one that was signed.')
  }

  #sign(version: RoomVersion, { json }: Pdu): JsonObject {
    const { serverName, signingKey } = this.#parts
    const signature = signText(eventSignedText(json, version), signingKey)
    return withSignature(json, serverName, { keyId: signingKey.keyId, signature })
  }

  /** In a room that we are in the invite stands in its state; of another we know nothing but the invite. */
  async #enter(
    { roomId, origin }: SentInvite, version: RoomVersion,
    { user, signed, shown }: { readonly user: number, readonly signed: JsonObject, readonly shown: readonly JsonObject[] },
  ): Promise<void> {
    const { rooms, receiver, serverAcls, serverName, outside } = this.#parts
    const room: Room | undefined = await rooms.find(roomId)
    if (room === undefined || !isServerIn(room, serverName)) return outside.set({ user, roomId, version, membership: 'invite', shown })
    serverAcls.check(room, origin)
    const [outcome] = await receiver.receive(room, [signed], { origin })
    if (outcome?.kind === 'rejected' || outcome?.kind === 'soft-failed') throw forbidden(outcome.reason ?? 'The room refuses the invite.')
  }
}
