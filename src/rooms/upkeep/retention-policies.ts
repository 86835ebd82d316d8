import type { Config } from '../../config/config.ts'
import type { JsonObject } from '../../matrix/json.ts'
import { effectiveLifetime, retentionPolicyOf } from '../../matrix/retention.ts'
import { dayOf, EXPIRING_CLASS, KEPT_CLASS } from '../../store/rooms/event-bodies.ts'
import type { Clock } from '../../util/clock.ts'
import type { MessageClasses } from '../event-rows.ts'
import { isStateEvent, type RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'

/**
 * For how long the messages of each room are kept: the rooms that say so themselves are remembered here, and all others
 * have the default. Nothing is asked of the database when somebody writes or reads.
 */
export class RetentionPolicies implements MessageClasses {
  readonly #rules: Config['retention']
  readonly #clock: Clock
  readonly #default: number | undefined
  /** By room, where the room says it; undefined for a room whose messages never expire. */
  readonly #lifetimes = new Map<number, number | undefined>()
  /** There are places for the bodies of this day and those before it. */
  #preparedTo = -1
  /** Rooms of which something that expires is stored as kept, since there was no place for it or it was nobody's yet. */
  readonly #misplaced = new Set<number>()

  constructor({ config, clock }: { readonly config: Pick<Config, 'retention'>, readonly clock: Clock }) {
    this.#rules = config.retention
    this.#clock = clock
    this.#default = this.#rules.enabled ? effectiveLifetime(undefined, this.#rules) : undefined
  }

  get isEnabled(): boolean {
    return this.#rules.enabled
  }

  /** For rooms that say nothing. */
  get defaultLifetime(): number | undefined {
    return this.#default
  }

  /** After how long messages of the room expire; undefined for never. */
  lifetimeOf(room: number): number | undefined {
    return this.#lifetimes.has(room) ? this.#lifetimes.get(room) : this.#default
  }

  /** The rooms that say themselves how long. */
  listOwn(): ReadonlyMap<number, number | undefined> {
    return this.#lifetimes
  }

  /** The longest lifetime that any room has; undefined where nothing expires. */
  longest(): number | undefined {
    let longest = this.#default
    for (const lifetime of this.#lifetimes.values()) {
      if (lifetime !== undefined && lifetime > (longest ?? -1)) longest = lifetime
    }
    return longest
  }

  /** Takes over what a room says; undefined where it says nothing any more. */
  apply(room: number, content: JsonObject | undefined): void {
    if (content === undefined) this.#lifetimes.delete(room)
    else this.#lifetimes.set(room, effectiveLifetime(retentionPolicyOf(content), this.#rules))
  }

  /**
   * Whether an event is past its time: it is not shown any more, though it may still be stored. State never is. What a peer
   * wrote on an event does not decide it, but for history that was fetched later, which came here when it was old already.
   */
  isExpired(event: RoomEvent): boolean {
    if (isStateEvent(event)) return false
    const lifetime = this.lifetimeOf(event.room)
    if (lifetime === undefined) return false
    const oldest = this.#clock.now() - lifetime
    return event.receivedAt < oldest || (event.place.offset < 0 && event.originServerTs < oldest)
  }

  /** Lets what is past its time go from the memory of a room. */
  refresh(room: Room): void {
    if (this.lifetimeOf(room.nid) !== undefined) room.recent.remove((event) => this.isExpired(event))
  }

  classOf(room: number, receivedAt: number): number {
    if (this.lifetimeOf(room) === undefined) return KEPT_CLASS
    if (dayOf(receivedAt) <= this.#preparedTo) return EXPIRING_CLASS
    this.misplace(room)
    return KEPT_CLASS
  }

  misplace(room: number): void {
    if (this.lifetimeOf(room) !== undefined) this.#misplaced.add(room)
  }

  /** From now on there are places for the bodies of the days up to this one. */
  prepareTo(day: number): void {
    this.#preparedTo = day
  }

  /** The rooms of which something is stored in the wrong place; they are forgotten here. */
  takeMisplaced(): number[] {
    const rooms = [...this.#misplaced]
    this.#misplaced.clear()
    return rooms
  }
}
