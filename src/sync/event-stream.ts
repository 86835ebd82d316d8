import { MatrixError } from '../matrix/errors.ts'
import type { Members, UserRoom } from '../members/members.ts'
import type { EventCache } from '../rooms/event-cache.ts'
import type { ClientEvents } from '../rooms/reading/client-events.ts'
import type { PageTokens } from '../rooms/reading/page-tokens.ts'
import type { RoomView } from '../rooms/reading/visibility.ts'
import { isStateEvent, type RoomEvent } from '../rooms/room-event.ts'
import type { Room } from '../rooms/room.ts'
import type { StateAccess } from '../rooms/state/state-reader.ts'
import type { ClientTypes } from '../spec/types.ts'
import type { Db } from '../store/database.ts'
import { listFirstLive } from '../store/sync-timelines.ts'
import type { Stream } from '../streams/stream.ts'
import { formatSyncToken, parseSyncToken, type SyncToken } from '../streams/tokens.ts'
import type { IgnoredUsers } from '../users/ignored-users.ts'
import type { Requester } from '../users/requester.ts'
import type { AnswerSource, SyncAnswer, SyncContext, SyncRequest } from './context.ts'
import { listEphemeral, type EphemeralParts } from './ephemeral.ts'
import { compileFilter } from './filter.ts'
import { listInvited, type InvitedRoomsParts } from './invited-rooms.ts'
import { readNamedPresence, type PresenceParts } from './presence.ts'
import { isOpenHistory } from './room-bodies.ts'
import { peekStateChanges } from './state-changes.ts'

/** What GET /events takes in its query. */
export type EventsQuery = ClientTypes['getEvents']['query']

export interface EventStreamParts extends InvitedRoomsParts, EphemeralParts, PresenceParts {
  readonly db: Db
  readonly stream: Stream
  readonly rooms: { get(roomId: string): Promise<Room>, findAll(roomIds: readonly string[]): Promise<Map<string, Room>> }
  readonly events: EventCache
  readonly clientEvents: ClientEvents
  readonly members: Pick<Members, 'roomsOf' | 'membershipOf'>
  readonly ignoredUsers: Pick<IgnoredUsers, 'ignoredBy'>
  readonly visibility: { viewsOf(rooms: readonly number[], userId: string): Promise<Map<number, RoomView>> }
  readonly stateReader: { accessOf(room: Room, reader: SyncRequest['reader']): Promise<StateAccess> }
  readonly tokens: PageTokens
  /** The restore epoch of this server. */
  readonly epoch: number
  readonly order: EphemeralParts['order']
}

/** A room with what of it may be new. */
interface Stretch {
  readonly room: Room
  /** Where the user stands with it; undefined for who never was in it. */
  readonly entry: UserRoom | undefined
  readonly upTo: number
}

/** The oldest of the events that are new. */
interface Found {
  readonly events: readonly RoomEvent[]
  /** Up to here these are all. */
  readonly upTo: number
  readonly isCut: boolean
}

type View = Pick<RoomView, 'maySee' | 'membershipAt'>

/** So many events are told at once; the client comes again for the rest. */
const PAGE = 100
const VISIBILITY = 'm.room.history_visibility'

/**
 * What happens in a user's rooms one after the other, for clients from before /sync, or the events of one room for who need
 * not be in it (Client-Server API, GET /events; Room Previews).
 */
export class EventStream {
  readonly #parts: EventStreamParts
  readonly #noFilter = compileFilter({}, 0)

  constructor(parts: EventStreamParts) {
    this.#parts = parts
  }

  /**
   * Begins to follow. Throws M_INVALID_PARAM for a token of elsewhere, M_FORBIDDEN for who may not look into the room,
   * M_GUEST_ACCESS_FORBIDDEN for guests who name none.
   */
  async open(
    requester: Requester, { from, room_id: roomId }: EventsQuery,
  ): Promise<{ readonly request: SyncRequest, readonly source: AnswerSource, readonly watched?: number }> {
    if (roomId === undefined && requester.isGuest) {
      throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 'Guests may follow one room only. Name it by room_id.')
    }
    const { user, userId, deviceId } = requester
    const since = this.#readFrom(from)
    const room = roomId === undefined ? undefined : await this.#parts.rooms.get(roomId)
    return {
      request: {
        reader: { user, userId, deviceId }, since, token: formatSyncToken(since),
        filter: this.#noFilter, fullState: false, stateName: 'state',
      },
      source: {
        read: (request) => this.#read(request, since, roomId),
        writeEmpty: async (request, next) => writeAnswer(request, next, []),
      },
      ...(room === undefined ? {} : { watched: room.nid }),
    }
  }

  /** Without a token it begins at present. A token of /sync keeps what it says of other things than events. */
  #readFrom(from: string | undefined): SyncToken {
    const { tokens, stream, epoch, order } = this.#parts
    const begun = { epoch, pos: stream.head(), toDevice: 0, instance: order.instance, ephemeral: order.current() }
    if (from === undefined || from === '') return begun
    const { pos } = tokens.read('from', from)
    return { ...begun, ...parseSyncToken(from), pos }
  }

  async #read(request: SyncRequest, begun: SyncToken, roomId: string | undefined): Promise<SyncAnswer> {
    const { stream, order, ignoredUsers, clientEvents } = this.#parts
    const since = request.since ?? begun
    const { reader } = request
    const head = stream.head()
    const ephemeral = order.current()
    const ignored = await ignoredUsers.ignoredBy(reader.user)
    const room = roomId === undefined ? undefined : await this.#parts.rooms.get(roomId)
    const stretches = room === undefined ? await this.#listStretches(reader.user, since.pos, head)
      : [{ room, entry: await this.#parts.members.membershipOf(reader.user, room.nid), upTo: head }]
    const own = room === undefined ? await this.#listOwn(request, since.pos, { upTo: head, ignored }) : []
    const { events, upTo, isCut } = await this.#find(stretches, since.pos, { own, head })
    const view = await this.#viewOf(stretches, events, { reader, after: since.pos })
    const shown = events.filter((event) => (
      isOwn(event, reader.userId) || (view.maySee(event) && (isStateEvent(event) || !ignored.has(event.sender)))
    ))
    // Who may look into the room no more is told so after the last that he may see.
    if (room !== undefined && shown.length === 0) await this.#parts.stateReader.accessOf(room, reader)
    const next = { ...since, pos: upTo, instance: order.instance, ephemeral }
    const others = room === undefined ? await this.#listOthers({ ...request, since, upTo, ignored, sentMembers: undefined }) : []
    if (shown.length === 0 && others.length === 0 && !isCut) return { text: undefined, next }
    const texts = await clientEvents.format(shown, { reader, view, withRoomId: true })
    return { text: writeAnswer(request, next, [...texts, ...others]), next }
  }

  /** Typing, receipts and presence, of which clients from before /sync hear nowhere else. */
  async #listOthers(context: SyncContext): Promise<string[]> {
    const joined = [...(await this.#parts.members.roomsOf(context.reader.user)).values()].filter(({ membership }) => membership === 'join')
    const tasks = joined.map(({ room, roomId }) => ({ room, roomId, after: context.since?.pos ?? 0 }))
    const [ephemeral, presence] = await Promise.all([
      listEphemeral(this.#parts, tasks, context), readNamedPresence(this.#parts, joined, context),
    ])
    return [...ephemeral, ...presence]
  }

  /** The rooms in which anything may have happened, up to where the user was in them. */
  async #listStretches(user: number, after: number, head: number): Promise<Stretch[]> {
    const { members, changes, rooms } = this.#parts
    if (after >= head) return []
    const entries = [...(await members.roomsOf(user)).values()].filter(({ room, membership, pos }) => (
      (membership === 'join' || ((membership === 'leave' || membership === 'ban') && pos > after))
        && changes.events.mayHaveChanged(room, after)
    ))
    const found = await rooms.findAll(entries.map(({ roomId }) => roomId))
    return entries.flatMap((entry) => {
      const room = found.get(entry.roomId)
      return room === undefined ? [] : [{ room, entry, upTo: entry.membership === 'join' ? head : Math.min(head, entry.pos) }]
    })
  }

  /** What became of the user in rooms that he is not in, with its position: nobody else of his would tell. */
  async #listOwn(
    { reader }: SyncRequest, after: number, { upTo, ignored }: { readonly upTo: number, readonly ignored: ReadonlySet<string> },
  ): Promise<{ readonly event: RoomEvent, readonly pos: number }[]> {
    const { members, events } = this.#parts
    const entries = [...(await members.roomsOf(reader.user)).values()].filter(
      ({ membership, pos }) => membership !== 'join' && pos > after && pos <= upTo,
    )
    const shown = await listInvited(this.#parts, entries, { reader, ignored })
    const known = await events.map(shown.map(({ entry }) => entry.eventNid))
    return shown.flatMap(({ entry: { eventNid, pos } }) => {
      const event = known.get(eventNid)
      return event === undefined ? [] : [{ event, pos }]
    })
  }

  /** The first page of what is new, from memory wherever it is there. */
  async #find(
    stretches: readonly Stretch[], after: number,
    { own, head }: { readonly own: readonly { readonly event: RoomEvent, readonly pos: number }[], readonly head: number },
  ): Promise<Found> {
    const places = new Map(own.map(({ event, pos }) => [event.nid, pos]))
    const far: Stretch[] = []
    for (const stretch of stretches) {
      const recent = stretch.room.recent.between(after, stretch.upTo)
      if (recent === undefined) far.push(stretch)
      else for (const { nid, place } of recent) places.set(nid, place.pos)
    }
    const wanted = far.map(({ room, upTo }) => ({ room: room.nid, after, upTo }))
    const rows = wanted.length === 0 ? [] : await listFirstLive(this.#parts.db, wanted, PAGE + 1)
    for (const { nid, pos } of rows) places.set(nid, pos)
    const all = [...places].sort(([, one], [, other]) => one - other)
    const page = all.slice(0, PAGE)
    const isCut = all.length > PAGE
    return {
      events: await this.#parts.events.list(page.map(([nid]) => nid)),
      upTo: isCut ? page.at(-1)?.[1] ?? head : head,
      isCut,
    }
  }

  /** What the user may see. It is looked up only where that is not plain from how the rooms are now. */
  async #viewOf(
    stretches: readonly Stretch[], events: readonly RoomEvent[],
    { reader, after }: { readonly reader: SyncRequest['reader'], readonly after: number },
  ): Promise<View> {
    const withEvents = new Set(events.map(({ room }) => room))
    const isForked = new Set(events.filter(({ branch }) => branch !== undefined).map(({ room }) => room))
    const doubtful = stretches.filter((stretch) => (
      withEvents.has(stretch.room.nid) && (isForked.has(stretch.room.nid) || !seesAllSince(stretch, after))
    )).map(({ room }) => room.nid)
    const views = await this.#parts.visibility.viewsOf(doubtful, reader.userId)
    const entries = new Map(stretches.map(({ room, entry }) => [room.nid, entry]))
    return {
      maySee: (event) => views.get(event.room)?.maySee(event) ?? entries.has(event.room),
      membershipAt: (event) => views.get(event.room)?.membershipAt(event) ?? entries.get(event.room)?.membership ?? 'leave',
    }
  }
}

/** Whether the user was in the room all the time, or everybody might read it all the time. */
function seesAllSince({ room, entry }: Stretch, after: number): boolean {
  if (entry !== undefined) return entry.membership === 'join' && entry.pos <= after && isOpenHistory(room)
  if (room.stateString(VISIBILITY, 'history_visibility') !== 'world_readable') return false
  return peekStateChanges(room, after)?.every(({ type }) => type !== VISIBILITY) === true
}

function isOwn({ type, stateKey }: RoomEvent, userId: string): boolean {
  return type === 'm.room.member' && stateKey === userId
}

function writeAnswer({ token }: SyncRequest, next: SyncToken, events: readonly string[]): string {
  return `{"start":${JSON.stringify(token)},"end":"${formatSyncToken(next)}","chunk":[${events.join(',')}]}`
}
