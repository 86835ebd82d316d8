import type { RoomEvent } from './room-event.ts'

const EVENTS_MAX = 64
const CHARACTERS_MAX = 256 * 1024

/** The last live events of a room, so that those who follow it need no query. */
export class RecentEvents {
  #events: RoomEvent[] = []
  #characters = 0
  /** Every live event after this position is here. */
  #from: number

  constructor(from: number) {
    this.#from = from
  }

  push(event: RoomEvent): void {
    this.#events.push(event)
    this.#characters += event.text.length
    while (this.#events.length > EVENTS_MAX || (this.#characters > CHARACTERS_MAX && this.#events.length > 1)) {
      const oldest = this.#events.shift()
      if (oldest === undefined) break
      this.#characters -= oldest.text.length
      this.#from = oldest.pos ?? this.#from
    }
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
   * dropped since `until` was asked for, since then some would be missing in between.
   */
  prepend(events: readonly RoomEvent[], from: number, until: number): void {
    if (until !== this.#from) return
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

  find(nid: number): RoomEvent | undefined {
    return this.#events.find((event) => event.nid === nid)
  }
}
