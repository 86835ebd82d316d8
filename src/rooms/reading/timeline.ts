import { findUsers } from '../../store/dictionary.ts'
import type { Db } from '../../store/database.ts'
import { listTimeline, type Place, type TimelineQuery } from '../../store/rooms/events.ts'
import { placeBefore } from '../../streams/tokens.ts'
import type { Aggregations } from './aggregations.ts'
import type { ClientEvents, Reader } from './client-events.ts'
import type { EventCache } from '../event-cache.ts'
import { likePattern, passesFilter, passesRoom, type RoomEventFilter } from './event-filter.ts'
import { BEGINNING, earlier, justBeyond, type PageTokens } from './page-tokens.ts'
import type { ReadScope, ReadScopes } from './read-scope.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { StatesAt } from '../state/state-at.ts'
import { memberKeyOf, stateAfter } from '../state/state-reference.ts'

export interface PageRequest {
  readonly dir: 'b' | 'f'
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly limit: number
  readonly filter: RoomEventFilter
}

/** A page of history; the events are JSON texts. */
export interface Page {
  readonly start: string
  /** Undefined where there is nothing further. */
  readonly end: string | undefined
  readonly chunk: readonly string[]
  /** The memberships of the senders, where the client asked for them. */
  readonly state: readonly string[]
}

/** What was read from a place on. */
export interface Stretch {
  readonly events: readonly RoomEvent[]
  /** The last place that was looked at; undefined where there was none. */
  readonly last: Place | undefined
  readonly more: boolean
}

export interface TimelineParts {
  readonly db: Db
  readonly events: EventCache
  readonly scopes: ReadScopes
  readonly tokens: PageTokens
  readonly clientEvents: ClientEvents
  readonly aggregations: Aggregations
  readonly statesAt: StatesAt
}

/** How many rows a page may look at for events that its reader may see: then the client turns the page and asks on. */
const ROWS_MAX = 3_000
const BATCH_MIN = 20

/** Reads the history of rooms page by page (Client-Server API, Getting events for a room). */
export class Timeline {
  readonly #parts: TimelineParts

  constructor(parts: TimelineParts) {
    this.#parts = parts
  }

  /** Throws M_FORBIDDEN for who may not read the room, M_INVALID_PARAM for tokens of elsewhere. */
  async page(room: Room, reader: Reader, { dir, from, to, limit, filter }: PageRequest): Promise<Page> {
    const { tokens, scopes } = this.#parts
    const scope = await scopes.open(room, reader)
    const live = earlier(tokens.end(), { pos: scope.until ?? Number.POSITIVE_INFINITY, offset: 0 })
    const start = from === undefined ? (dir === 'b' ? live : BEGINNING) : tokens.read('from', from)
    const stop = to === undefined ? undefined : tokens.read('to', to)
    const range = dir === 'b'
      ? { beyond: justBeyond(earlier(start, live)), until: stop === undefined ? undefined : justBeyond(stop) }
      : { beyond: start, until: stop === undefined ? live : earlier(stop, live) }
    const { events, last, more } = await this.read(scope, filter, { ...range, direction: dir, limit })
    const end = last === undefined ? start : dir === 'b' ? placeBefore(last) : last
    return {
      start: tokens.format(start),
      end: more ? tokens.format(end) : undefined,
      chunk: await this.format(scope, events),
      state: await this.#listSenders(scope, filter, events),
    }
  }

  /** The events from a place on that the reader may see and the filter lets through. */
  async read(
    scope: ReadScope, filter: RoomEventFilter, range: Pick<TimelineQuery, 'beyond' | 'until' | 'direction' | 'limit'>,
  ): Promise<Stretch> {
    const { db, events } = this.#parts
    if (!passesRoom(filter, scope.room.roomId)) return { events: [], last: undefined, more: false }
    const where = await this.#conditions(filter)
    const found: RoomEvent[] = []
    let last: Place | undefined
    for (let looked = 0; looked < ROWS_MAX;) {
      const wanted = Math.max(BATCH_MIN, range.limit - found.length + 1)
      const rows = await listTimeline(db, { ...where, ...range, room: scope.room.nid, beyond: last ?? range.beyond, limit: wanted })
      const known = await events.map(rows.map((row) => row.nid))
      for (const row of rows) {
        if (found.length === range.limit) return { events: found, last, more: true }
        const event = known.get(row.nid)
        if (event !== undefined && scope.shows(event) && passesFilter(filter, event)) found.push(event)
        last = row.place
      }
      if (rows.length < wanted) return { events: found, last, more: false }
      looked += rows.length
    }
    return { events: found, last, more: true }
  }

  /** The JSON texts of events for the reader, with what others said about them. */
  async format({ reader, view, until }: ReadScope, events: readonly RoomEvent[]): Promise<string[]> {
    const { clientEvents, aggregations } = this.#parts
    const relations = await aggregations.bundle(events, { reader, view, until })
    return clientEvents.format(events, { reader, view, relations, withRoomId: true })
  }

  /** The memberships of the senders of these events, for clients that load members only when they need them. */
  async #listSenders(scope: ReadScope, filter: RoomEventFilter, events: readonly RoomEvent[]): Promise<string[]> {
    const newest = events.toSorted((a, b) => b.place.pos - a.place.pos || b.place.offset - a.place.offset)[0]
    const reference = newest === undefined ? undefined : stateAfter(newest)
    if (filter.lazy_load_members !== true || reference === undefined) return []
    const members = await this.#parts.statesAt.find(scope.room.nid, reference, events.map(memberKeyOf))
    return this.#parts.clientEvents.format(members, { reader: scope.reader, view: scope.view, withRoomId: true })
  }

  async #conditions(filter: RoomEventFilter): Promise<Partial<TimelineQuery>> {
    return {
      types: filter.types?.map(likePattern),
      notTypes: filter.not_types?.map(likePattern),
      senders: await this.#numbersOf(filter.senders),
      notSenders: await this.#numbersOf(filter.not_senders),
      relatedByTypes: filter.related_by_rel_types,
      relatedBySenders: await this.#numbersOf(filter.related_by_senders),
    }
  }

  async #numbersOf(userIds: readonly string[] | undefined): Promise<number[] | undefined> {
    return userIds === undefined ? undefined : [...(await findUsers(this.#parts.db, userIds)).values()]
  }
}
