import type { FindState } from '../../matrix/room-state.ts'
import type { Verdict } from '../../matrix/verdict.ts'
import { pendingAuthState } from '../build.ts'
import type { EventCache } from '../event-cache.ts'
import type { Room } from '../room.ts'
import type { StateDifferences } from '../state-view.ts'
import type { CheckedPdu } from './check-pdus.ts'
import { findAmong, listEntryEvents, type NumberedKey } from './growing-state.ts'
import { checkByState } from './judge.ts'
import type { EntryEvent } from './resolved-changes.ts'

export interface PresentCheckParts {
  readonly events: EventCache
  readonly room: Room
  /** What the state before the next event and those after the extremities resolve to, as differences from the present one. */
  readonly resolve: () => Promise<StateDifferences>
  /** Whether the present state takes account of the state before the first event. */
  readonly isResolved: boolean
}

/**
 * Check 6 for events of which each follows the one before, without resolving the present state anew for each. What they change
 * of entries that were the same on all sides is the present from then on; who wins where the sides differ is only worked out when
 * it decides whether an event fails. Where it says yes too often the resolution says no: that is what the state comes from.
 */
export class PresentCheck {
  readonly #parts: PresentCheckParts
  /** How the present state differs from that on the main line. */
  #differences: StateDifferences = new Map()
  /** What the events have set in the place of what all sides had. */
  readonly #own = new Map<number, EntryEvent>()
  /** What the events have set where the sides differed. */
  readonly #disputed = new Map<number, EntryEvent>()
  #isResolved: boolean

  constructor(parts: PresentCheckParts) {
    this.#parts = parts
    this.#isResolved = parts.isResolved
  }

  async check(checked: CheckedPdu, keys: readonly NumberedKey[], unstored: ReadonlyMap<number, EntryEvent>): Promise<Verdict> {
    const { room } = this.#parts
    if (!this.#isResolved) await this.#resolve()
    const findState = await this.#findState(keys, unstored)
    const verdict = checkByState(room.version, checked, findState)
    const disputed = findAmong(keys.flatMap(({ key }) => this.#disputed.get(key) ?? []))
    const atBest: FindState = (type, stateKey) => disputed(type, stateKey) ?? findState(type, stateKey)
    if (verdict.allowed || !checkByState(room.version, checked, atBest).allowed) return verdict
    await this.#resolve()
    return checkByState(room.version, checked, await this.#findState(keys, unstored))
  }

  /** Takes down what an event that passed has set, in the place of another. */
  note(key: number, event: EntryEvent, replacedNid: number | undefined): void {
    const present = this.#own.get(key)?.nid ?? this.#presentNid(key, event)
    if (present === replacedNid) this.#own.set(key, event)
    else this.#disputed.set(key, event)
  }

  async #resolve(): Promise<void> {
    this.#differences = await this.#parts.resolve()
    this.#isResolved = true
    this.#own.clear()
    this.#disputed.clear()
  }

  #presentNid(key: number, { type, stateKey = '' }: EntryEvent): number | undefined {
    if (this.#differences.has(key)) return this.#differences.get(key)?.nid
    return pendingAuthState(this.#parts.room)(type, stateKey)?.nid
  }

  async #findState(keys: readonly NumberedKey[], unstored: ReadonlyMap<number, EntryEvent>): Promise<FindState> {
    const { events, room } = this.#parts
    const changed = keys.filter(({ key }) => this.#differences.has(key) && !this.#own.has(key))
    const resolved = await listEntryEvents(events, changed.flatMap(({ key }) => this.#differences.get(key)?.nid ?? []), unstored)
    const own = keys.flatMap(({ key }) => this.#own.get(key) ?? [])
    const findChanged = findAmong([...resolved, ...own])
    const isGone = new Set(changed.map(({ type, stateKey }) => `${type} ${stateKey}`))
    const present = pendingAuthState(room)
    return (type, stateKey) => {
      const found = findChanged(type, stateKey)
      return found !== undefined || isGone.has(`${type} ${stateKey}`) ? found : present(type, stateKey)
    }
  }
}
