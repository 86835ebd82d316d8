import { buildEvent } from '../../matrix/build-event.ts'
import { forbidden, MatrixError, notFound } from '../../matrix/errors.ts'
import type { Pdu } from '../../matrix/event.ts'
import { isEventId, serverNameOf } from '../../matrix/ids.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import type { Members, UserRoom } from '../../members/members.ts'
import { isUnrecognised } from '../../remote/outcome.ts'
import { federationPath, withQuery } from '../../remote/path.ts'
import type { Draft } from '../../rooms/draft.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import type { Receiver } from '../../rooms/receive/receive.ts'
import type { LocalUser, RemoteMemberships, RoomTarget } from '../../rooms/remote-memberships.ts'
import type { Room } from '../../rooms/room.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import { listShownState, ownStripped } from '../../rooms/stripped-state.ts'
import type { RoomWriter } from '../../rooms/writer.ts'
import type { Log } from '../../util/log.ts'
import { askEach, listObjects, valueOf, withSignaturesOf } from './asking.ts'
import { buildFromTemplate, KNOWN_VERSIONS, type BuiltMembership, type MembershipWish } from './called-template.ts'
import type { OutsideMemberships } from './outside-memberships.ts'
import { RemoteJoins, type RemoteJoinsParts } from './remote-joins.ts'
import { stripShown } from './shown-state.ts'

export interface RemoteChangesParts extends RemoteJoinsParts {
  readonly rooms: Rooms
  readonly writer: RoomWriter
  readonly events: EventCache
  readonly receiver: Receiver
  readonly outside: OutsideMemberships
  readonly members: Members
  readonly serverName: string
  readonly log: Log
}

/** Changes memberships for which other servers are needed (Server-Server API). */
export class RemoteChanges implements RemoteMemberships {
  readonly #parts: RemoteChangesParts
  readonly #joins: RemoteJoins

  constructor(parts: RemoteChangesParts) {
    this.#parts = parts
    this.#joins = new RemoteJoins(parts)
  }

  inTurn<T>(roomId: string, work: () => Promise<T>): Promise<T> {
    return this.#parts.outside.inTurn(roomId, work)
  }

  async join(user: LocalUser, target: RoomTarget, content: JsonObject): Promise<void> {
    await this.#joins.join(user, target.roomId, await this.#listServers(user, target), content)
  }

  async knock(user: LocalUser, target: RoomTarget, content: JsonObject): Promise<void> {
    const { outside, destinations } = this.#parts
    const { roomId } = target
    const wish: MembershipWish = { roomId, userId: user.userId, membership: 'knock', content }
    const { version, shown } = await askEach(await this.#listServers(user, target), destinations, async (server) => {
      const { built, answer } = await this.#handShake(server, 'knock', wish)
      const state = stripShown(listObjects(answer, 'knock_room_state'))
      return { version: built.version, shown: [...state, ownStripped(built.pdu)] }
    })
    await outside.set({ user: user.user, roomId, version, membership: 'knock', shown })
  }

  async leave(user: LocalUser, roomId: string, content: JsonObject): Promise<boolean> {
    const { outside, members } = this.#parts
    const entry = await members.findByRoomId(user.user, roomId)
    if (entry?.membership !== 'invite' && entry?.membership !== 'knock') return false
    const wish: MembershipWish = { roomId, userId: user.userId, membership: 'leave', content }
    await outside.end(user.user, entry, await this.#leaveWithOthers(user, wish) ?? await this.#leaveAlone(user, entry, wish))
    return true
  }

  /** The leave that another server took; undefined where none does. */
  async #leaveWithOthers(user: LocalUser, wish: MembershipWish): Promise<Pdu | undefined> {
    const { destinations, log } = this.#parts
    const { roomId, userId } = wish
    try {
      const servers = await this.#listServers(user, { roomId, servers: [] })
      return (await askEach(servers, destinations, (server) => this.#handShake(server, 'leave', wish))).built.pdu
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error
      // Nobody has to keep an invite because a server is gone or does not agree.
      log.info({ room: roomId, user: userId, error: error.message }, 'An invite was refused without the other servers')
      return undefined
    }
  }

  /** A leave that nobody else is told of. It follows what it ends. */
  async #leaveAlone({ user }: LocalUser, { room }: UserRoom, { roomId, userId, content }: MembershipWish): Promise<Pdu> {
    const { outside, signer } = this.#parts
    const version = await outside.findVersion(roomId)
    if (version === undefined) throw notFound('There is no such room.')
    const shown = (await outside.listShown(user, room)).map((event) => ownValue(event, 'event_id')).filter(isEventId)
    const prevEvents = shown.slice(-1)
    const built = buildEvent({ version, serverName: signer.serverName, key: signer.key, fields: {
      type: 'm.room.member', sender: userId, stateKey: userId, roomId, content: { ...content, membership: 'leave' },
      prevEvents, authEvents: prevEvents, depth: 1, originServerTs: signer.now(),
    } })
    if (!built.ok) throw new MatrixError(built.reason === 'too-large' ? 'M_TOO_LARGE' : 'M_BAD_JSON', built.message)
    return built.pdu
  }

  async invite(room: Room, draft: Draft): Promise<string> {
    const { writer, events, receiver, serverName } = this.#parts
    const server = serverNameOf(draft.stateKey ?? '') ?? ''
    const { json, eventId } = await writer.propose(room, draft)
    const shown = (await events.list(listShownState(room, draft.sender))).map((event) => event.pdu)
    const answer = await this.#sendInvite(server, room, { eventId, json, shown })
    const signed = withSignaturesOf(json, ownValue(answer, 'event'), server)
    if (signed === json) throw new MatrixError('M_UNKNOWN', `${server} did not sign the invite.`, { status: 502 })
    const [outcome] = await receiver.receive(room, [signed], { origin: serverName })
    if (outcome?.kind !== 'accepted') throw forbidden(`The invite came too late: ${outcome?.reason ?? 'the room has changed.'}`)
    return eventId
  }

  /** A server that knows only the oldest rooms may know only the first version of this (Server-Server API, Inviting to a room). */
  async #sendInvite(
    server: string, { roomId, version }: Room,
    { eventId, json, shown }: { readonly eventId: string, readonly json: JsonObject, readonly shown: readonly JsonObject[] },
  ): Promise<JsonObject> {
    const { signedRequests } = this.#parts
    const body = { room_version: version.id, event: json, invite_room_state: shown }
    const answer = await signedRequests.put(server, federationPath('v2', 'invite', roomId, eventId), body, { ignoreBackOff: true })
    if (answer.ok || version.eventFormat !== 'v1' || !isUnrecognised(answer)) return valueOf(server, answer)
    const first = { ...json, unsigned: { invite_room_state: shown } }
    return valueOf(server, await signedRequests.put(server, federationPath('v1', 'invite', roomId, eventId), first, {
      ignoreBackOff: true, isPair: true,
    }))
  }

  /** Asks for a template, builds the event after it and sends it. */
  async #handShake(server: string, kind: 'knock' | 'leave', wish: MembershipWish): Promise<{ built: BuiltMembership, answer: JsonObject }> {
    const { signedRequests, signer } = this.#parts
    const { roomId, userId } = wish
    const ver = kind === 'knock' ? KNOWN_VERSIONS : undefined
    const make = withQuery(federationPath('v1', `make_${kind}`, roomId, userId), { ver })
    const built = buildFromTemplate(valueOf(server, await signedRequests.get(server, make, { ignoreBackOff: true })), wish, signer)
    const send = federationPath(kind === 'knock' ? 'v1' : 'v2', `send_${kind}`, roomId, built.pdu.eventId)
    const answer = valueOf(server, await signedRequests.put(server, send, built.pdu.json, { ignoreBackOff: true }))
    return { built, answer }
  }

  /**
   * The servers that may know a room: those that the user names, and those of who invites and of what was shown with that. Only
   * for want of them, those that were in it when we were, and the one that made it, by its id.
   */
  async #listServers(user: LocalUser, { roomId, servers }: RoomTarget): Promise<string[]> {
    const { outside, members, rooms, serverName } = this.#parts
    const entry = await members.findByRoomId(user.user, roomId)
    const shown = entry === undefined ? [] : await outside.listShown(user.user, entry.room)
    // Who invites is in the room for sure; who said something of it was once.
    const isMember = (event: JsonObject): boolean => ownValue(event, 'type') === 'm.room.member'
    const senders = [...shown.filter(isMember), ...shown.filter((event) => !isMember(event))].map((event) => ownValue(event, 'sender'))
    const room = await rooms.find(roomId)
    const known = room === undefined ? [] : [...room.servers.list()]
    const named = senders.flatMap((sender) => typeof sender === 'string' ? serverNameOf(sender) ?? [] : [])
    const others = (these: readonly string[]): string[] => these.filter((server) => server !== serverName)
    const likely = others([...servers, ...named])
    return likely.length > 0 ? likely : others([...known, ...[roomId].flatMap((id) => serverNameOf(id) ?? [])])
  }
}
