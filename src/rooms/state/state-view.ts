import type { Db } from '../../store/database.ts'
import { listDifferingKeys, listEntriesAt, type EntryRow } from '../../store/rooms/state-at.ts'
import { isSameReference, type StateReference } from './state-reference.ts'

/** An entry of a state. */
export interface ViewEntry {
  readonly nid: number
  readonly membership: string | null
}

/** How a state differs from another, by the numbers of keys; undefined where it does not have the key. */
export type StateDifferences = ReadonlyMap<number, ViewEntry | undefined>

/** A state that need not be stored yet: what is at a reference, with differences. */
export interface StateView {
  readonly base: StateReference
  readonly changes: StateDifferences
}

const UNCHANGED: StateDifferences = new Map()

/** The state at a reference. */
export function viewOf(base: StateReference): StateView {
  return { base, changes: UNCHANGED }
}

/** The state with an entry more. */
export function withEntry({ base, changes }: StateView, key: number, entry: ViewEntry): StateView {
  return { base, changes: new Map([...changes, [key, entry]]) }
}

/** The entries of some keys in a state. */
export async function listViewEntries(db: Db, room: number, view: StateView, keys: readonly number[]): Promise<Map<number, ViewEntry>> {
  const [stored = []] = await listEntriesAt(db, room, [view.base], keys.filter((key) => !view.changes.has(key)))
  const entries = byKey(stored)
  for (const key of keys) {
    const changed = view.changes.get(key)
    if (changed !== undefined) entries.set(key, changed)
  }
  return entries
}

/** States beside each other. */
export interface Comparison {
  /** How each differs from the base. */
  readonly differences: readonly StateDifferences[]
  /** The entries of the base, of those keys in which anything may differ. */
  readonly before: ReadonlyMap<number, ViewEntry>
}

/** Compares states with the one at a reference; what that costs grows with the differences alone. */
export async function compareViews(db: Db, room: number, base: StateReference, views: readonly StateView[]): Promise<Comparison> {
  const keys = new Set<number>()
  for (const view of views) {
    for (const key of view.changes.keys()) keys.add(key)
    if (isSameReference(view.base, base)) continue
    for (const key of await listDifferingKeys(db, room, base, view.base)) keys.add(key)
  }
  const [ofBase = [], ...ofViews] = await listEntriesAt(db, room, [base, ...views.map((view) => view.base)], [...keys])
  const before = byKey(ofBase)
  const differences = views.map(({ changes }, index) => {
    const stored = byKey(ofViews[index] ?? [])
    const differing = new Map<number, ViewEntry | undefined>()
    for (const key of keys) {
      const entry = changes.has(key) ? changes.get(key) : stored.get(key)
      if (entry?.nid !== before.get(key)?.nid) differing.set(key, entry)
    }
    return differing
  })
  return { differences, before }
}

/** Whether both make the same state of the same beginning. */
export function areSameDifferences(a: StateDifferences, b: StateDifferences): boolean {
  if (a.size !== b.size) return false
  for (const [key, entry] of a) if (!b.has(key) || b.get(key)?.nid !== entry?.nid) return false
  return true
}

function byKey(rows: readonly EntryRow[]): Map<number, ViewEntry> {
  return new Map(rows.map((row) => [row.key_nid, { nid: row.event_nid, membership: row.membership }]))
}
