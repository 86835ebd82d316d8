import { forbidden, notFound } from '../../matrix/errors.ts'
import type { JsonObject } from '../../matrix/json.ts'
import type { AuthChains } from '../../rooms/auth-chains/auth-chains.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import type { EventTimes, Moment } from '../../rooms/reading/event-times.ts'
import type { RoomEvent } from '../../rooms/room-event.ts'
import type { Room } from '../../rooms/room.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import { isServerIn } from '../../rooms/servers-in-room.ts'
import type { StatesAt } from '../../rooms/state/state-at.ts'
import { stateBefore } from '../../rooms/state/state-reference.ts'
import type { Db } from '../../store/database.ts'
import { walkBackwards, walkBetween } from '../../store/rooms/event-graph.ts'
import { listHeaders } from '../../store/rooms/known-events.ts'
import { yieldToLoop } from '../../util/yield.ts'
import type { PartialJoins } from '../membership/partial-joins.ts'
import type { ServerAcls } from '../server-acls.ts'
import type { ServerViews } from './server-views.ts'

export interface ServedRoomsParts {
  readonly db: Db
  readonly rooms: Rooms
  readonly events: EventCache
  readonly chains: AuthChains
  readonly statesAt: StatesAt
  readonly eventTimes: EventTimes
  readonly serverAcls: ServerAcls
  readonly serverViews: ServerViews
  readonly partialJoins: Pick<PartialJoins, 'isPartial'>
}

export interface MissingWanted {
  readonly earliest: readonly string[]
  readonly latest: readonly string[]
  readonly limit?: number | undefined
  readonly depthMin?: number | undefined
}

/** The state before an event and what authorises it: ids, or each list as JSON texts of events. */
export interface ServedState { readonly state: readonly string[], readonly authChain: readonly string[] }

const BACKFILLED_MAX = 100
const MISSING_DEFAULT = 10
const MISSING_MAX = 20
const NAMED_MAX = 100
/** So many events are written out before others get their turn. */
const SLICE = 200

/**
 * What other servers are told of rooms (Server-Server API, Retrieving events and Backfilling). All of it throws M_FORBIDDEN
 * for a server that is not in the room or that the room excludes, and M_NOT_FOUND for events that are not in the room.
 */
export class ServedRooms {
  readonly #parts: ServedRoomsParts

  constructor(parts: ServedRoomsParts) {
    this.#parts = parts
  }

  /** One event, redacted where the server's users may not see it. */
  async getEvent(origin: string, eventId: string): Promise<JsonObject> {
    const event = await this.#parts.events.findById(eventId)
    if (event === undefined || event.status === 'rejected') throw notFound('There is no such event.')
    const room = await this.#open(origin, event.roomId)
    const [pdu] = await this.#parts.serverViews.format(room, origin, [event])
    if (pdu === undefined) throw notFound('There is no such event.')
    return pdu
  }

  async getState(origin: string, roomId: string, eventId: string): Promise<ServedState> {
    const room = await this.#openWhole(origin, roomId)
    const nids = (await this.#listState(room, eventId)).map((entry) => entry.event_nid)
    const state = await this.#listTexts(nids)
    const authChain: string[] = []
    for await (const page of this.#parts.chains.chain(room, nids)) authChain.push(...await this.#listTexts(page))
    return { state, authChain }
  }

  async getStateIds(origin: string, roomId: string, eventId: string): Promise<ServedState> {
    const room = await this.#openWhole(origin, roomId)
    const entries = await this.#listState(room, eventId)
    const authChain: string[] = []
    for await (const page of this.#parts.chains.chain(room, entries.map((entry) => entry.event_nid))) {
      authChain.push(...(await listHeaders(this.#parts.db, page)).map((header) => header.event_id))
    }
    return { state: entries.map((entry) => entry.event_id), authChain }
  }

  /** The JSON texts of all that authorises an event; where the room's id names the create event, no event cites it. */
  async listEventAuth(origin: string, roomId: string, eventId: string): Promise<string[]> {
    const room = await this.#open(origin, roomId)
    const event = await this.#getEventIn(room, eventId)
    const create = room.version.roomIdFromCreateEvent && event.type !== 'm.room.create' ? room.state('m.room.create') : undefined
    const texts = await this.#listTexts(create === undefined ? [] : [create.nid])
    for await (const page of this.#parts.chains.chain(room, [event.nid])) texts.push(...await this.#listTexts(page))
    return texts
  }

  /** The events between those that a server has and later ones, oldest first. */
  async listMissing(
    origin: string, roomId: string, { earliest, latest, limit = MISSING_DEFAULT, depthMin = 0 }: MissingWanted,
  ): Promise<JsonObject[]> {
    const room = await this.#open(origin, roomId)
    const nids = await walkBetween(this.#parts.db, {
      room: room.nid, from: latest.slice(0, NAMED_MAX), to: earliest.slice(0, NAMED_MAX), depthMin, limit: bounded(limit, MISSING_MAX),
    })
    return (await this.#listHistory(origin, room, nids)).toReversed()
  }

  /** Some events and those before them, newest first. */
  async backfill(origin: string, roomId: string, eventIds: readonly string[], limit: number): Promise<JsonObject[]> {
    const room = await this.#open(origin, roomId)
    const nids = await walkBackwards(this.#parts.db, {
      room: room.nid, from: eventIds.slice(0, NAMED_MAX), limit: bounded(limit, BACKFILLED_MAX),
    })
    return this.#listHistory(origin, room, nids)
  }

  /** The event nearest to a moment of which the server may know. */
  async getEventByTimestamp(origin: string, roomId: string, moment: Moment): Promise<RoomEvent> {
    const room = await this.#open(origin, roomId)
    const event = await this.#parts.eventTimes.find(room, moment, (events) => this.#parts.serverViews.filter(room, origin, events))
    if (event === undefined) throw notFound('There is no event in that direction.')
    return event
  }

  async #open(origin: string, roomId: string): Promise<Room> {
    const room = await this.#parts.rooms.find(roomId)
    // Whoever is not in the room does not learn whether there is one.
    if (room === undefined || !isServerIn(room, origin)) throw forbidden('This server is not in the room.')
    this.#parts.serverAcls.check(room, origin)
    return room
  }

  async #getEventIn(room: Room, eventId: string): Promise<RoomEvent> {
    const event = await this.#parts.events.findById(eventId)
    const isHere = event?.room === room.nid && event.status !== 'rejected'
    if (!isHere) throw notFound('There is no such event in this room.')
    return event
  }

  /** A room of which all of the state is known. */
  async #openWhole(origin: string, roomId: string): Promise<Room> {
    if (this.#parts.partialJoins.isPartial(roomId)) throw notFound('Not all of the state of this room is known here yet.')
    return this.#open(origin, roomId)
  }

  async #listState(room: Room, eventId: string): Promise<{ readonly event_nid: number, readonly event_id: string }[]> {
    const reference = stateBefore(await this.#getEventIn(room, eventId))
    if (reference === undefined) throw notFound('The state before this event is not known here.')
    const entries: { readonly event_nid: number, readonly event_id: string }[] = []
    for await (const page of this.#parts.statesAt.pages(room.nid, reference)) entries.push(...page)
    return entries
  }

  /** Events as the server may see them, newest first. */
  async #listHistory(origin: string, room: Room, nids: readonly number[]): Promise<JsonObject[]> {
    const events = (await this.#parts.events.list(nids)).filter((event) => event.status !== 'rejected')
    return this.#parts.serverViews.format(room, origin, events.toSorted((a, b) => b.depth - a.depth))
  }

  async #listTexts(nids: readonly number[]): Promise<string[]> {
    const texts: string[] = []
    for (let at = 0; at < nids.length; at += SLICE) {
      const events = await this.#parts.events.list(nids.slice(at, at + SLICE))
      for (const event of events) texts.push(JSON.stringify(event.pdu))
      await yieldToLoop()
    }
    return texts
  }
}

const bounded = (limit: number, max: number): number => Math.max(0, Math.min(limit, max))
