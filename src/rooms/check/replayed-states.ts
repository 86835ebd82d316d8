import { stateKeyText } from '../../matrix/room-state.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { ResolvableEvent, StateMap } from '../../matrix/state-resolution/resolution.ts'
import { resolveState } from '../../matrix/state-resolution/resolve-state.ts'

type Entries = Map<string, string>

export interface ReplayedEvent {
  readonly nid: number
  readonly prevNids: readonly number[]
}

/**
 * The state after each event of a graph, worked out anew from the events. A state is kept for as long as an event follows
 * that has not been seen, and the last to follow goes on with it instead of with a copy.
 */
export class ReplayedStates {
  readonly #version: RoomVersion
  readonly #findEvent: (eventId: string) => ResolvableEvent | undefined
  readonly #states = new Map<number, Entries>()
  readonly #followers: Map<number, number>

  /** `followers`: how many events name each event as their predecessor; `findEvent`: the state events seen so far. */
  constructor(
    version: RoomVersion, followers: ReadonlyMap<number, number>, findEvent: (eventId: string) => ResolvableEvent | undefined,
  ) {
    this.#version = version
    this.#followers = new Map(followers)
    this.#findEvent = findEvent
  }

  /** The state before an event, or undefined where the state after one of those before it is not known. */
  before({ prevNids }: ReplayedEvent): Entries | undefined {
    const states = prevNids.map((nid) => this.#take(nid))
    const known = states.filter((state) => state !== undefined)
    if (known.length < states.length) return undefined
    return this.merge(known)
  }

  /** Keeps the state after an event, to which the event itself is added if it is state. */
  keep(nid: number, state: Entries, added?: { readonly type: string, readonly stateKey: string, readonly eventId: string }): void {
    if (added !== undefined) state.set(stateKeyText(added), added.eventId)
    this.#states.set(nid, state)
  }

  /** The state after an event that nothing follows. */
  at(nid: number): StateMap | undefined {
    return this.#states.get(nid)
  }

  merge(states: readonly Entries[]): Entries {
    const [first = new Map<string, string>(), ...others] = states
    if (others.every((other) => isSame(first, other))) return first
    return resolveState(this.#version, states, { findEvent: this.#findEvent })
  }

  #take(nid: number): Entries | undefined {
    const state = this.#states.get(nid)
    const left = (this.#followers.get(nid) ?? 1) - 1
    this.#followers.set(nid, left)
    if (left > 0) return state === undefined ? undefined : new Map(state)
    this.#states.delete(nid)
    return state
  }
}

function isSame(a: StateMap, b: StateMap): boolean {
  if (a.size !== b.size) return false
  for (const [key, eventId] of a) if (b.get(key) !== eventId) return false
  return true
}
