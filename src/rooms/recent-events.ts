import { isStateEvent, type RoomEvent } from './room-event.ts'

/** An entry of the state that changed. */
export interface StateChange {
  readonly pos: number
  readonly type: string
  readonly stateKey: string
  /** The event that is the entry now; undefined where the state does not have it any more. */
  readonly nid: number | undefined
  /** The event whose place it took; undefined where there was none. */
  readonly replacedNid: number | undefined
}

const EVENTS_MAX = 64
const CHARACTERS_MAX = 256 * 1024
/** Changes of the state are kept for longer than what is said: who reads older ones meanwhile needs those since. */
const CHANGES_MAX = 256
const BREAKS_MAX = 100

/** The last live events of a room, so that those who follow it need no query. */
export class RecentEvents {
  #events: RoomEvent[] = []
  #characters = 0
  /** Every live event after this position is here. */
  #from: number
  /** Every change of the state after this position is here. */
  #changesFrom: number
  /** What changed with events that are not here any more. */
  #dropped: StateChange[] = []
  /** What changed at positions where the event alone does not tell, or where there is none. */
  #resolved: StateChange[] = []

  /** The positions of live events before which history was not known, latest first. */
  #breaks: readonly number[]

  constructor(from: number, breaks: readonly number[] = []) {
    this.#breaks = breaks
    this.#from = from
    this.#changesFrom = from
  }

  /** `changes` is how the state changed with an event that did not simply add to it. */
  push(event: RoomEvent, changes?: readonly StateChange[]): void {
    if (changes !== undefined) this.note(changes)
    this.#events.push(event)
    this.#characters += event.text.length
    while (this.#events.length > EVENTS_MAX || (this.#characters > CHARACTERS_MAX && this.#events.length > 1)) {
      const oldest = this.#events.shift()
      if (oldest === undefined) break
      this.#characters -= oldest.text.length
      this.#from = oldest.pos ?? this.#from
      this.#keepChange(oldest)
    }
  }

  /** What comes just before the live event at this position is not known, or was not when it came. */
  breakAt(pos: number): void {
    this.#breaks = [pos, ...this.#breaks.slice(0, BREAKS_MAX - 1)]
  }

  /** The last position after one and up to another at which history was not known. */
  lastBreak(after: number, upTo: number): number | undefined {
    return this.#breaks.find((pos) => pos > after && pos <= upTo)
  }

  /** Changes of the state that no event tells. */
  note(changes: readonly StateChange[]): void {
    this.#resolved = [...this.#resolved.filter(({ pos }) => pos > this.#changesFrom), ...changes]
  }

  /** How the state changed after a position, in order; undefined where that is not all here. */
  changesAfter(after: number): StateChange[] | undefined {
    if (after < this.#changesFrom) return undefined
    const changes = [...this.#dropped, ...this.#events.flatMap(changesOf)].filter(({ pos }) => pos > after)
    const resolved = this.#resolved.filter(({ pos }) => pos > after)
    return resolved.length === 0 ? changes : [...changes, ...resolved].sort((a, b) => a.pos - b.pos)
  }

  /** The position after which every live event is here. */
  from(): number {
    return this.#from
  }

  get size(): number {
    return this.#events.length
  }

  /**
   * Takes in what came before: all the live events after a position and up to `until`. Does nothing where events have been
   * dropped since `until` was asked for, since then some would be missing in between. `changes` tells how the state changed
   * with those of them that do not tell themselves.
   */
  prepend(events: readonly RoomEvent[], from: number, until: number, changes: readonly StateChange[] = []): void {
    if (until !== this.#from) return
    this.#dropped = this.#dropped.filter(({ pos }) => pos <= from)
    this.#resolved = [...this.#resolved.filter(({ pos }) => pos <= from), ...changes, ...this.#resolved.filter(({ pos }) => pos > until)]
    this.#changesFrom = Math.min(this.#changesFrom, from)
    this.#events = [...events, ...this.#events]
    this.#characters += events.reduce((sum, { text }) => sum + text.length, 0)
    this.#from = from
  }

  /** Whether no live event after the position is missing here. */
  covers(after: number): boolean {
    return after >= this.#from
  }

  /** The events after a position and up to another, oldest first; undefined where they are no longer all here. */
  between(after: number, upTo: number): readonly RoomEvent[] | undefined {
    if (!this.covers(after)) return undefined
    return this.#events.filter(({ pos = 0 }) => pos > after && pos <= upTo)
  }

  /** The events up to a position that are remembered, oldest first, whether or not earlier ones are missing. */
  upTo(pos: number): readonly RoomEvent[] {
    return this.#events.filter((event) => (event.pos ?? 0) <= pos)
  }

  /** Puts another form of an event, such as its redacted one, in its place. */
  replace(event: RoomEvent): void {
    this.#events = this.#events.map((known) => known.nid === event.nid ? event : known)
  }

  /** Lets go of what is gone; what is still here stays without a gap. */
  remove(isGone: (event: RoomEvent) => boolean): void {
    if (!this.#events.some(isGone)) return
    this.#events = this.#events.filter((event) => !isGone(event))
    this.#characters = this.#events.reduce((sum, { text }) => sum + text.length, 0)
  }

  find(nid: number): RoomEvent | undefined {
    return this.#events.find((event) => event.nid === nid)
  }

  #keepChange(event: RoomEvent): void {
    this.#dropped.push(...changesOf(event))
    while (this.#dropped.length > CHANGES_MAX) this.#changesFrom = this.#dropped.shift()?.pos ?? this.#changesFrom
  }
}

/** How the state changed with an event that simply added to it. */
function changesOf(event: RoomEvent): StateChange[] {
  if (!isStateEvent(event) || event.branch !== undefined) return []
  const { pos = 0, type, stateKey, nid, replacesNid } = event
  return [{ pos, type, stateKey, nid, replacedNid: replacesNid }]
}
