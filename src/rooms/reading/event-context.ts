import { notFound } from '../../matrix/errors.ts'
import { placeBefore } from '../../streams/tokens.ts'
import type { EventCache } from '../event-cache.ts'
import { passesFilter, type RoomEventFilter } from './event-filter.ts'
import { earlier, type PageTokens } from './page-tokens.ts'
import type { ReadScope, ReadScopes } from './read-scope.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { StatesAt } from '../state/state-at.ts'
import { memberKeyOf, stateAfter } from '../state/state-reference.ts'
import type { ClientEvents, Reader } from './client-events.ts'
import type { Timeline } from './timeline.ts'

/** An event with what stands around it; the events are JSON texts. */
export interface EventContext {
  readonly start: string
  readonly end: string
  readonly event: string
  /** Latest first. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** The state at the last of these events. */
  readonly state: readonly string[]
}

export interface EventContextParts {
  readonly events: EventCache
  readonly scopes: ReadScopes
  readonly timeline: Timeline
  readonly tokens: PageTokens
  readonly statesAt: StatesAt
  readonly clientEvents: ClientEvents
}

/** Reads single events, and what stands around them. */
export class EventContexts {
  readonly #parts: EventContextParts

  constructor(parts: EventContextParts) {
    this.#parts = parts
  }

  /** One event as JSON text. Throws M_NOT_FOUND also where the reader may not see it, so that nobody learns that it is there. */
  async event(room: Room, reader: Reader, eventId: string): Promise<string> {
    const scope = await this.#parts.scopes.openForEvent(room, reader)
    const event = await this.#get(scope, eventId)
    const [text = ''] = await this.#parts.timeline.format(scope, [event])
    return text
  }

  /** Throws M_NOT_FOUND for who is not in the room as for an event that the member cannot see (Client-Server API, Reporting Content). */
  async checkMemberSees(room: Room, reader: Reader, eventId: string): Promise<void> {
    if (room.membershipOf(reader.userId) !== 'join') throw notFound('There is no such event, or you are not in the room.')
    await this.#get(await this.#parts.scopes.openForEvent(room, reader), eventId)
  }

  /**
   * An event with at most `limit` others around it. Throws M_FORBIDDEN for who may not read the room, M_NOT_FOUND.
   * (Client-Server API, Event Context.)
   */
  async around(room: Room, reader: Reader, eventId: string, limit: number, filter: RoomEventFilter): Promise<EventContext> {
    const { scopes, timeline, tokens, clientEvents } = this.#parts
    const scope = await scopes.open(room, reader)
    const event = await this.#get(scope, eventId)
    const live = earlier(tokens.end(), { pos: scope.until ?? Number.POSITIVE_INFINITY, offset: 0 })
    const limitBefore = Math.floor(limit / 2)
    const before = await timeline.read(scope, filter, { beyond: event.place, direction: 'b', limit: limitBefore })
    const after = await timeline.read(scope, filter, { beyond: event.place, until: live, direction: 'f', limit: limit - limitBefore })
    const shown = [event, ...before.events, ...after.events]
    const [eventText = '', ...texts] = await timeline.format(scope, shown)
    const state = await this.#stateAt(room, after.events.at(-1) ?? event, filter, shown)
    return {
      start: tokens.format(placeBefore(before.last ?? event.place)),
      end: tokens.format(after.last ?? event.place),
      event: eventText,
      before: texts.slice(0, before.events.length),
      after: texts.slice(before.events.length),
      state: await clientEvents.format(state, { reader, view: scope.view, withRoomId: true }),
    }
  }

  async #get(scope: ReadScope, eventId: string): Promise<RoomEvent> {
    const event = await this.#parts.events.findById(eventId)
    if (event === undefined || event.room !== scope.room.nid || event.status !== 'accepted' || !scope.shows(event)) {
      throw notFound('There is no such event in this room.')
    }
    return event
  }

  async #stateAt(room: Room, event: RoomEvent, filter: RoomEventFilter, shown: readonly RoomEvent[]): Promise<RoomEvent[]> {
    const { statesAt } = this.#parts
    const reference = stateAfter(event)
    if (reference === undefined) return []
    const isLazy = filter.lazy_load_members === true
    const state = await statesAt.list(room.nid, reference, { withoutMembers: isLazy })
    const members = isLazy ? await statesAt.find(room.nid, reference, shown.map(memberKeyOf)) : []
    return [...state, ...members].filter((each) => passesFilter(filter, each))
  }
}
