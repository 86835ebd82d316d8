import { ownValue, type JsonObject } from '../../matrix/json.ts'
import type { Destinations } from '../../remote/destinations.ts'
import { federationPath, withQuery } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { Signer } from '../../rooms/build-next.ts'
import type { RoomImport } from '../../rooms/import-room.ts'
import type { LocalUser } from '../../rooms/remote-memberships.ts'
import type { StateEvents } from '../../rooms/remote-rooms.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import { isServerIn } from '../../rooms/servers-in-room.ts'
import type { Clock } from '../../util/clock.ts'
import type { CarriedEvents } from '../sending/carried-events.ts'
import { askEach, listObjects, valueOf, withSignaturesOf } from './asking.ts'
import { buildFromTemplate, KNOWN_VERSIONS, type BuiltMembership, type MembershipWish } from './called-template.ts'
import type { PartialJoins } from './partial-joins.ts'

export interface RemoteJoinsParts {
  readonly rooms: Rooms
  readonly signedRequests: SignedRequests
  readonly destinations: Destinations
  readonly roomImport: RoomImport
  readonly partialJoins: PartialJoins
  readonly signer: Signer
  readonly carriedEvents: CarriedEvents
  readonly clock: Clock
}

/** There are other servers to ask. */
const MAKE_TIMEOUT_MS = 15_000
/** The state of a large room takes its time. */
const SEND_TIMEOUT_MS = 300_000
/** A room whose members come within this time, and are not more, is entered whole. */
const WHOLE_WITHIN_MS = 1_500
const WHOLE_ENTRIES_MAX = 2_000
/** More servers than any room has. */
const SERVERS_MAX = 50_000

/** Joins rooms of other servers for our users (Server-Server API, Joining Rooms). */
export class RemoteJoins {
  readonly #parts: RemoteJoinsParts

  constructor(parts: RemoteJoinsParts) {
    this.#parts = parts
  }

  /** Joins over the first of the servers that lets the user in; throws what they say where none does. */
  async join({ userId }: LocalUser, roomId: string, servers: readonly string[], content: JsonObject): Promise<void> {
    const wish: MembershipWish = { roomId, userId, membership: 'join', content }
    await askEach(servers, this.#parts.destinations, (server) => this.#joinOver(server, wish))
  }

  async #joinOver(server: string, wish: MembershipWish): Promise<void> {
    const { signedRequests, signer, rooms } = this.#parts
    const { roomId, userId } = wish
    const make = withQuery(federationPath('v1', 'make_join', roomId, userId), { ver: KNOWN_VERSIONS })
    const template = valueOf(server, await signedRequests.get(server, make, { ignoreBackOff: true, timeoutMs: MAKE_TIMEOUT_MS }))
    const built = buildFromTemplate(template, wish, signer)
    const { eventId } = built.pdu
    // That server tells the others of the join.
    await this.#parts.carriedEvents.promise(eventId, server)
    // Of a room that somebody of us is in, what is known must not be taken for what has gone since because it is left out.
    const room = await rooms.find(roomId)
    const isIn = room !== undefined && isServerIn(room, signer.serverName)
    const send = withQuery(federationPath('v2', 'send_join', roomId, eventId), { omit_members: !isIn })
    const sent = await signedRequests.put(server, send, built.pdu.json, { ignoreBackOff: true, timeoutMs: SEND_TIMEOUT_MS })
    const answer = valueOf(server, sent)
    const told: StateEvents = { state: listObjects(answer, 'state'), authChain: listObjects(answer, 'auth_chain') }
    if (ownValue(answer, 'members_omitted') !== true) return this.#enter(built, answer, told)
    const fetching = this.#parts.partialJoins.fetch(server, { roomId, eventId })
    const whole = await this.#atOnce(fetching)
    if (whole !== undefined && whole.state.length <= WHOLE_ENTRIES_MAX) {
      return this.#enter(built, answer, { state: whole.state, authChain: [...told.authChain, ...told.state, ...whole.authChain] })
    }
    return this.#enterInPart(server, built, answer, { told, fetching })
  }

  async #enterInPart(
    server: string, built: BuiltMembership, answer: JsonObject,
    { told, fetching }: { readonly told: StateEvents, readonly fetching: Promise<StateEvents | undefined> },
  ): Promise<void> {
    const { partialJoins } = this.#parts
    const { roomId, eventId } = built.pdu
    const join = { roomId, eventId, servers: listServers(server, answer) }
    await partialJoins.note(join)
    try {
      await this.#enter(built, answer, told)
    } catch (error) {
      await partialJoins.drop(roomId)
      throw error
    }
    await partialJoins.complete(join, fetching)
  }

  async #enter(built: BuiltMembership, answer: JsonObject, { state, authChain }: StateEvents): Promise<void> {
    const { pdu: { roomId }, version } = built
    await this.#parts.roomImport.importRoom({
      roomId, state, authChain, version: version.id, join: signedJoin(built, answer),
    })
  }

  /** What is fetched; undefined where it does not come soon. */
  async #atOnce<T>(fetching: Promise<T>): Promise<T | undefined> {
    const { promise: tooLate, resolve } = Promise.withResolvers<undefined>()
    const cancel = this.#parts.clock.setTimer(WHOLE_WITHIN_MS, () => resolve(undefined))
    const fetched = await Promise.race([fetching, tooLate])
    cancel()
    return fetched
  }
}

/** The join as we built it, with the signature of the server that vouches for it. */
function signedJoin({ pdu, authoriser }: BuiltMembership, answer: JsonObject): JsonObject {
  return authoriser === undefined ? pdu.json : withSignaturesOf(pdu.json, ownValue(answer, 'event'), authoriser)
}

/** The servers of the room, the one that let us in first. */
function listServers(server: string, answer: JsonObject): string[] {
  const named = ownValue(answer, 'servers_in_room')
  const servers = Array.isArray(named) ? named.filter((each) => typeof each === 'string') : []
  return [...new Set([server, ...servers.slice(0, SERVERS_MAX)])]
}
