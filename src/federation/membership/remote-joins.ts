import { MatrixError } from '../../matrix/errors.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import type { Destinations } from '../../remote/destinations.ts'
import { federationPath, withQuery } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { Signer } from '../../rooms/build.ts'
import type { RoomImport } from '../../rooms/import-room.ts'
import type { LocalUser } from '../../rooms/remote-memberships.ts'
import { askEach, listObjects, valueOf, withSignaturesOf } from './asking.ts'
import { buildFromTemplate, KNOWN_VERSIONS, type BuiltMembership, type MembershipWish } from './called-template.ts'

export interface RemoteJoinsDeps {
  readonly signedRequests: SignedRequests
  readonly destinations: Destinations
  readonly roomImport: RoomImport
  readonly signer: Signer
}

/** The state of a large room takes its time. */
const SEND_TIMEOUT_MS = 300_000

/** Joins rooms of other servers for our users (Server-Server API, Joining Rooms). */
export class RemoteJoins {
  readonly #deps: RemoteJoinsDeps

  constructor(deps: RemoteJoinsDeps) {
    this.#deps = deps
  }

  /** Joins over the first of the servers that lets the user in; throws what they say where none does. */
  async join({ userId }: LocalUser, roomId: string, servers: readonly string[], content: JsonObject): Promise<void> {
    const wish: MembershipWish = { roomId, userId, membership: 'join', content }
    await askEach(servers, this.#deps.destinations, (server) => this.#joinOver(server, wish))
  }

  async #joinOver(server: string, wish: MembershipWish): Promise<void> {
    const { signedRequests, signer, roomImport } = this.#deps
    const { roomId, userId } = wish
    const make = withQuery(federationPath('v1', 'make_join', roomId, userId), { ver: KNOWN_VERSIONS })
    const template = valueOf(server, await signedRequests.get(server, make, { ignoreBackOff: true }))
    const built = buildFromTemplate(template, wish, signer)
    const send = withQuery(federationPath('v2', 'send_join', roomId, built.pdu.eventId), { omit_members: false })
    const sent = await signedRequests.put(server, send, built.pdu.json, { ignoreBackOff: true, timeoutMs: SEND_TIMEOUT_MS })
    const answer = valueOf(server, sent)
    if (ownValue(answer, 'members_omitted') === true) {
      throw new MatrixError('M_UNKNOWN', `${server} left members out that were asked for.`, { status: 502 })
    }
    await roomImport.importRoom({
      roomId,
      version: built.version.id,
      state: listObjects(answer, 'state'),
      authChain: listObjects(answer, 'auth_chain'),
      join: signedJoin(built, answer),
      isPartial: false,
    })
  }
}

/** The join as we built it, with the signature of the server that vouches for it. */
function signedJoin({ pdu, authoriser }: BuiltMembership, answer: JsonObject): JsonObject {
  return authoriser === undefined ? pdu.json : withSignaturesOf(pdu.json, ownValue(answer, 'event'), authoriser)
}
