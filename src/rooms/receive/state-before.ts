import type { Pdu } from '../../matrix/event.ts'
import type { Names } from '../../store/names.ts'
import { findHeaders, type HeaderRow } from '../../store/rooms/known-events.ts'
import type { Room } from '../room.ts'
import { mergeStates, type Merge, type MergeParts } from '../state/merge-states.ts'
import type { KnownState } from '../outliers.ts'
import { ResolutionFailed } from '../state/resolution-thread.ts'
import { contentString } from '../room-event.ts'
import { isSameReference, MAIN_LINE, type StateReference } from '../state/state-reference.ts'
import { areSameDifferences, compareViews, viewOf, type StateDifferences, type StateView } from '../state/state-view.ts'
import { viewTold, type ToldState } from './missing-state.ts'
import { referenceAfter } from './received.ts'

export interface StateBeforeParts extends MergeParts {
  readonly names: Names
}

/** Before any position a room has no state: also not that with which it began for us. */
const BEGINNING: StateReference = { branch: MAIN_LINE, at: -1 }

/** What was told of missing predecessors, and near which state that may be. */
export interface Surroundings {
  readonly told: ReadonlyMap<string, ToldState>
  readonly near?: StateReference | undefined
}

/** What comes before an event. */
export interface Before {
  readonly view: StateView
  /** Whether it is the present state of the room. */
  readonly isPresent: boolean
  readonly prev: readonly HeaderRow[]
  /** Predecessors that this server does not have. */
  readonly missing: readonly string[]
  /** Whether the events before it alone do not lead to it. */
  readonly isWider?: boolean
}

/**
 * The state before an event: what the states after its predecessors resolve to. Of those that are missing another server has
 * told, else it is undefined. Nothing of the room may be pending.
 */
export async function findStateBefore(
  parts: StateBeforeParts, room: Room, pdu: Pdu, { told, near }: Surroundings,
): Promise<Before | undefined> {
  const { prevEvents } = pdu
  const present = { branch: MAIN_LINE, at: room.lastPos() }
  if (pdu.type === 'm.room.create' && prevEvents.length === 0) return { view: viewOf(BEGINNING), isPresent: false, prev: [], missing: [] }
  const headers = await findHeaders(parts.db, [...prevEvents])
  const views: StateView[] = []
  const prev: HeaderRow[] = []
  const missing: string[] = []
  for (const eventId of new Set(prevEvents)) {
    const header = headers.get(eventId)
    const reference = header === undefined ? undefined : referenceAfter(header)
    if (header !== undefined && header.room_nid !== room.nid) return undefined
    if (header !== undefined && reference !== undefined) {
      prev.push(header)
      views.push(viewOf(isSincePresent(room, reference) ? present : reference))
      continue
    }
    const state = told.get(eventId)
    const view = state === undefined ? undefined : await viewTold(parts, room, state)
    if (view === undefined) return undefined
    missing.push(eventId)
    views.push(view)
  }
  const [first, ...others] = views
  if (first === undefined) return undefined
  const isOne = others.every((other) => other.changes.size === 0 && first.changes.size === 0 && isSameReference(first.base, other.base))
  const base = isOne ? first.base : present
  const changes = isOne ? undefined : await tryMerge(parts, { room, base, views })
  if (!isOne && changes === undefined) return undefined
  const view = changes === undefined ? first : { base, changes }
  const isPresent = await isSameState(parts, room, view, present)
  return { view: isPresent ? viewOf(present) : await moveNear(parts, room, view, near), isPresent, prev, missing }
}

/**
 * What comes before an event, taking account of what the event itself cites as one that was said after that would: for a state
 * that rests on what another server told may lack what authorises the event. Undefined where that makes no difference.
 */
export async function withCited(
  parts: StateBeforeParts, room: Room, before: Before, cited: readonly KnownState[],
): Promise<Before | undefined> {
  const { base, changes } = before.view
  const states = cited.flatMap(({ stateKey, rejected, ...event }) => (stateKey === undefined || rejected ? [] : [{ ...event, stateKey }]))
  const keys = await parts.names.internKeys(states)
  const entries = new Map(changes)
  for (const [index, { nid, type, content }] of states.entries()) {
    const membership = type === 'm.room.member' ? contentString({ content }, 'membership') ?? 'leave' : null
    const key = keys[index]
    if (key !== undefined) entries.set(key, { nid, membership })
  }
  const merged = await tryMerge(parts, { room, base, views: [before.view, { base, changes: entries }] })
  if (merged === undefined || areSameDifferences(merged, changes)) return undefined
  return { ...before, view: { base, changes: merged }, isPresent: false, isWider: true }
}

/** A state that is told by differences is told by fewer of them from a state that is near it. */
async function moveNear({ db }: StateBeforeParts, room: Room, view: StateView, near: StateReference | undefined): Promise<StateView> {
  if (near === undefined || view.changes.size === 0) return view
  const { differences: [changes] } = await compareViews(db, room.nid, near, [view])
  return changes === undefined || changes.size >= view.changes.size ? view : { base: near, changes }
}

async function tryMerge(parts: StateBeforeParts, merge: Merge): Promise<StateDifferences | undefined> {
  try {
    return await mergeStates(parts, merge)
  } catch (error) {
    if (!(error instanceof ResolutionFailed)) throw error
    return undefined
  }
}

/** The main line has been as it is now since it last changed. */
function isSincePresent(room: Room, { branch, at }: StateReference): boolean {
  return branch === MAIN_LINE && at >= room.lastChange()
}

async function isSameState({ db }: StateBeforeParts, room: Room, view: StateView, present: StateReference): Promise<boolean> {
  const isStored = view.changes.size === 0
  if (isStored && isSameReference(view.base, present)) return true
  if (isStored && room.isKnownUnlike(view.base)) return false
  const { differences: [differences] } = await compareViews(db, room.nid, present, [view])
  const isSame = differences?.size === 0
  if (isStored && !isSame) room.noteUnlike(view.base)
  return isSame
}
