import { listMainLineSince } from '../../store/rooms/known-events.ts'
import { listChangedKeys } from '../../store/rooms/state-at.ts'
import type { OutlierRoom } from '../outliers.ts'
import { describeChanges, type ResolvedChangesParts } from '../receive/resolved-changes.ts'
import type { RoomWriter } from '../writer.ts'
import { checkGivenState, noteLeftOut, storeGivenState, type GivenState, type GivenStateParts } from './given-state.ts'
import type { ViewEntry } from './state-view.ts'

export interface StateCompletionParts extends GivenStateParts, ResolvedChangesParts {
  readonly writer: RoomWriter
}

/** Ends partial joins. */
export class StateCompletion {
  readonly #parts: StateCompletionParts

  constructor(parts: StateCompletionParts) {
    this.#parts = parts
  }

  /**
   * Takes in the whole state before the join, at position `since`, of a room that was entered with a part of it. What changed
   * since then stays as it is; the rest is told to clients now. Throws M_UNKNOWN where what is given cannot be used.
   */
  async complete(room: OutlierRoom, since: number, given: GivenState): Promise<void> {
    const { db, keys, writer } = this.#parts
    const checked = await checkGivenState(keys, room, given)
    const entries = await storeGivenState(this.#parts, room, checked)
    // All this took its time.
    await writer.holdSettled(room.roomId, async (current) => {
      const changed = new Set(await listChangedKeys(db, room.nid, since))
      const present = new Map([...current.listState(), ...current.listMembers()].map(({ key, nid }) => [key, nid]))
      const differences = new Map<number, ViewEntry | undefined>()
      for (const key of present.keys()) if (!entries.has(key) && !changed.has(key)) differences.set(key, undefined)
      for (const [key, entry] of entries) if (!changed.has(key) && present.get(key) !== entry.nid) differences.set(key, entry)
      // Others follow any of the events that came meanwhile, and see all members then.
      const meanwhile = await listMainLineSince(db, room.nid, since)
      await writer.correct(current, await describeChanges(this.#parts, current, differences, new Map()), meanwhile)
    })
    await noteLeftOut(db, given, entries, { room: room.nid, pos: since })
  }
}
