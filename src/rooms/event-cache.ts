import { isEventId } from '../matrix/ids.ts'
import { findEventNids, listEvents } from '../store/rooms/events.ts'
import type { Db } from '../store/database.ts'
import { Lru } from '../util/lru.ts'
import { yieldToLoop } from '../util/yield.ts'
import { Branches } from './state/branches.ts'
import { readStoredEvent } from './reading/read-event.ts'
import type { RoomEvent } from './room-event.ts'

const CHARACTERS_MAX = 64 * 1024 * 1024
const NUMBERS_MAX = 100_000
/** What an event costs in memory besides its text, in characters. */
const OVERHEAD = 600
/** So many are read before others get their turn. */
const READ_TOGETHER = 500

/** Events by their numbers, remembered up to a bound in bytes. */
export class EventCache {
  readonly #db: Db
  readonly #events = new Lru<number, RoomEvent>(CHARACTERS_MAX, { weigh: (event) => event.text.length * 3 + OVERHEAD })

  /** Which number an id stands for never changes. */
  readonly #nids = new Lru<string, number>(NUMBERS_MAX)
  /** Where the states of remembered events lie. */
  readonly branches: Branches

  readonly #isExpired: ((event: RoomEvent) => boolean) | undefined

  /** `isExpired` tells of events that are as good as purged, though they may still be stored. */
  constructor(db: Db, isExpired?: (event: RoomEvent) => boolean) {
    this.#db = db
    this.branches = new Branches(db)
    this.#isExpired = isExpired
  }

  /** The events with these numbers in their order; those whose bodies were purged are left out. */
  async list(nids: readonly number[]): Promise<RoomEvent[]> {
    const found = await this.map(nids)
    return nids.flatMap((nid) => found.get(nid) ?? [])
  }

  async map(nids: readonly number[]): Promise<Map<number, RoomEvent>> {
    const found = new Map<number, RoomEvent>()
    const missing: number[] = []
    for (const nid of nids) {
      const known = this.#events.get(nid)
      if (known === undefined) missing.push(nid)
      else if (this.#isExpired?.(known) !== true) found.set(nid, known)
    }
    for (let at = 0; at < missing.length; at += READ_TOGETHER) {
      if (at > 0) await yieldToLoop()
      await this.#read(missing.slice(at, at + READ_TOGETHER), found)
    }
    return found
  }

  async #read(nids: readonly number[], found: Map<number, RoomEvent>): Promise<void> {
    const rows = await listEvents(this.#db, nids)
    await this.branches.load(rows.flatMap((row) => row.state_branch ?? []))
    for (const row of rows) {
      const event = readStoredEvent(row)
      if (event === undefined || this.#isExpired?.(event) === true) continue
      // What came here while the row was on its way is newer: the event may have been redacted meanwhile.
      const newer = this.#events.peek(event.nid)
      found.set(event.nid, newer ?? event)
      if (newer === undefined) this.put(event)
    }
  }

  async find(nid: number): Promise<RoomEvent | undefined> {
    return (await this.map([nid])).get(nid)
  }

  /** The event with this id, whatever room and status it has: the caller checks both. */
  async findById(eventId: string): Promise<RoomEvent | undefined> {
    return (await this.mapById([eventId])).get(eventId)
  }

  async mapById(eventIds: readonly string[]): Promise<Map<string, RoomEvent>> {
    // What is no event id is no event, and must not reach the database: it cannot even look for a NUL.
    const nids = await this.#listNids(eventIds.filter(isEventId))
    const events = await this.list(nids)
    return new Map(events.map((event) => [event.eventId, event]))
  }

  async #listNids(eventIds: readonly string[]): Promise<number[]> {
    const known = eventIds.flatMap((eventId) => this.#nids.get(eventId) ?? [])
    const missing = eventIds.filter((eventId) => this.#nids.peek(eventId) === undefined)
    if (missing.length === 0) return known
    const found = await findEventNids(this.#db, missing)
    for (const [eventId, nid] of found) this.#nids.set(eventId, nid)
    return [...known, ...found.values()]
  }

  /** Remembers an event that has just been committed, or another form of it. */
  put(event: RoomEvent): void {
    this.#events.set(event.nid, event)
    this.#nids.set(event.eventId, event.nid)
  }

  peek(nid: number): RoomEvent | undefined {
    const event = this.#events.peek(nid)
    return event === undefined || this.#isExpired?.(event) === true ? undefined : event
  }

  /** The same by its id. */
  peekById(eventId: string): RoomEvent | undefined {
    const nid = this.#nids.peek(eventId)
    return nid === undefined ? undefined : this.peek(nid)
  }

  forget(nid: number): void {
    this.#events.delete(nid)
  }
}
