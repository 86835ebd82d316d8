import { stateKeyText, type FindState } from '../../matrix/room-state.ts'
import type { Verdict } from '../../matrix/verdict.ts'
import { pendingAuthState } from '../build-next.ts'
import type { EventCache } from '../event-cache.ts'
import type { Room } from '../room.ts'
import type { StateDifferences } from '../state/state-view.ts'
import type { CheckedPdu } from './check-pdus.ts'
import { findAmong, listEntryEvents, type NumberedKey } from './growing-state.ts'
import { checkByState } from './judge.ts'
import type { EntryEvent } from './resolved-changes.ts'

export interface PresentCheckParts {
  readonly events: EventCache
  readonly room: Room
  /** Events that are not stored, or otherwise. */
  readonly unstored: ReadonlyMap<number, EntryEvent>
  /** What the state before the next event and those after the extremities resolve to, as differences from the present one. */
  readonly resolve: () => Promise<StateDifferences>
  /** Whether the present state takes account of the state before the first event. */
  readonly isResolved: boolean
}

/**
 * Check 6 for events of which each follows the one before. One passes by the present state as it was before the first of them, or
 * by that with what those before it have set, as far as they passed themselves: what of it lasts is decided when the state is
 * resolved after the last of them. Only for who would fail it is found out first what the state that the events bring along makes
 * of the present one, as with the other servers: after a gap nobody who came in it would be heard otherwise.
 */
export class PresentCheck {
  readonly #parts: PresentCheckParts
  /** How the present state differs from that on the main line. */
  #differences: StateDifferences = new Map()
  #isResolved: boolean
  /** What the events have set. */
  readonly #own = new Map<number, EntryEvent>()

  constructor(parts: PresentCheckParts) {
    this.#parts = parts
    this.#isResolved = parts.isResolved
  }

  async check(checked: CheckedPdu, keys: readonly NumberedKey[]): Promise<Verdict> {
    const verdict = await this.#check(checked, keys)
    if (verdict.allowed || this.#isResolved) return verdict
    this.#differences = await this.#parts.resolve()
    this.#isResolved = true
    return this.#check(checked, keys)
  }

  /** Takes down what an event that passed has set. */
  note(key: number, event: EntryEvent): void {
    this.#own.set(key, event)
  }

  async #check(checked: CheckedPdu, keys: readonly NumberedKey[]): Promise<Verdict> {
    const { version } = this.#parts.room
    const findState = await this.#findState(keys)
    const verdict = checkByState(version, checked, findState)
    const own = keys.flatMap(({ key }) => this.#own.get(key) ?? [])
    if (verdict.allowed || own.length === 0) return verdict
    const findOwn = findAmong(own)
    return checkByState(version, checked, (type, stateKey) => findOwn(type, stateKey) ?? findState(type, stateKey))
  }

  async #findState(keys: readonly NumberedKey[]): Promise<FindState> {
    const { events, room, unstored } = this.#parts
    const changed = keys.filter(({ key }) => this.#differences.has(key))
    const nids = changed.flatMap(({ key }) => this.#differences.get(key)?.nid ?? [])
    const findChanged = findAmong(await listEntryEvents(events, nids, unstored))
    const isChanged = new Set(changed.map(stateKeyText))
    const present = pendingAuthState(room)
    return (type, stateKey) => isChanged.has(stateKeyText({ type, stateKey })) ? findChanged(type, stateKey) : present(type, stateKey)
  }
}
