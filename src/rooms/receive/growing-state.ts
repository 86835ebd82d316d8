import { authTypesFor } from '../../matrix/auth-events.ts'
import { impliedCreateEvent, type Pdu } from '../../matrix/event.ts'
import { stateKeyText, type FindState, type StateKey } from '../../matrix/room-state.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { Db } from '../../store/database.ts'
import type { Names } from '../../store/names.ts'
import type { EventCache } from '../event-cache.ts'
import { listViewEntries, withEntry, type StateView, type ViewEntry } from '../state/state-view.ts'
import type { EntryEvent } from './resolved-changes.ts'

export interface GrowingStateParts {
  readonly db: Db
  readonly names: Names
  readonly events: EventCache
}

/** An entry of a state with the number of its key. */
export interface NumberedKey extends StateKey {
  readonly key: number
}

/** The entries by which an event is judged, and its own; those left out that no event has ever had. */
export async function listJudgingKeys(
  { names }: Pick<GrowingStateParts, 'names'>, version: RoomVersion, pdu: Pdu,
): Promise<readonly NumberedKey[]> {
  const wanted = authTypesFor(pdu, version).map(({ type, stateKey }) => ({ type, stateKey }))
  if (impliedCreateEvent(pdu, version) !== undefined) wanted.push({ type: 'm.room.create', stateKey: '' })
  if (pdu.stateKey !== undefined) wanted.push({ type: pdu.type, stateKey: pdu.stateKey })
  const keys = await Promise.all(wanted.map((each) => names.findKey(each)))
  return wanted.flatMap((each, index) => {
    const key = keys[index]
    return key === undefined ? [] : [{ ...each, key }]
  })
}

/** The state as the rules look at it, of the keys that were asked for. */
export function findAmong(events: Iterable<EntryEvent>): FindState {
  const state = new Map<string, EntryEvent>()
  for (const event of events) state.set(stateKeyText({ type: event.type, stateKey: event.stateKey ?? '' }), event)
  return (type, stateKey) => state.get(stateKeyText({ type, stateKey }))
}

/** A state to which events are added that are not stored yet; of what is stored it is read what is asked for, and once. */
export class GrowingState {
  readonly #parts: GrowingStateParts
  readonly #room: number
  readonly #entries = new Map<number, ViewEntry | undefined>()
  #view: StateView

  constructor(parts: GrowingStateParts, room: number, view: StateView) {
    this.#parts = parts
    this.#room = room
    this.#view = view
  }

  view(): StateView {
    return this.#view
  }

  add(key: number, entry: ViewEntry): void {
    this.#entries.set(key, entry)
    this.#view = withEntry(this.#view, key, entry)
  }

  /** The number of the event in the place of a key that was loaded. */
  nidOf(key: number): number | undefined {
    return this.#entries.get(key)?.nid
  }

  async load(keys: readonly number[]): Promise<void> {
    const missing = [...new Set(keys)].filter((key) => !this.#entries.has(key))
    if (missing.length === 0) return
    const found = await listViewEntries(this.#parts.db, this.#room, this.#view, missing)
    for (const key of missing) this.#entries.set(key, found.get(key))
  }

  /** The events in the places of these keys; `unstored` has those that only this process knows, or knows better. */
  async list(keys: readonly NumberedKey[], unstored: ReadonlyMap<number, EntryEvent>): Promise<EntryEvent[]> {
    await this.load(keys.map(({ key }) => key))
    return listEntryEvents(this.#parts.events, keys.flatMap(({ key }) => this.nidOf(key) ?? []), unstored)
  }
}

/** The events with these numbers. */
export async function listEntryEvents(
  events: EventCache, nids: readonly number[], unstored: ReadonlyMap<number, EntryEvent>,
): Promise<EntryEvent[]> {
  const stored = await events.map(nids.filter((nid) => !unstored.has(nid)))
  return nids.flatMap((nid) => unstored.get(nid) ?? stored.get(nid) ?? [])
}
