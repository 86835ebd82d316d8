import type { StateChange } from '../rooms/recent-events.ts'
import type { RoomEvent } from '../rooms/room-event.ts'
import { stateName, type Room } from '../rooms/room.ts'
import { isStateAfter, type SyncContext } from './context.ts'
import { StateAt } from './state-changes.ts'
import type { Timeline } from './timelines.ts'

export interface StateTask {
  readonly room: Room
  /** The last position that the client knows; undefined where the room is new to it. */
  readonly after: number | undefined
  /** Whether the client is given all of the state rather than what changed. */
  readonly isWhole: boolean
  readonly upTo: number
  readonly timeline: Timeline
  /** How the state changed since `after` or the start of the timeline, up to the present. */
  readonly changes: readonly StateChange[]
  readonly heroes: readonly string[] | undefined
}

/** The position just before the first event of a timeline. */
export function startOf({ events }: Timeline, upTo: number): number {
  const first = events[0]
  return first === undefined ? upTo : first.place.pos - 1
}

/**
 * The numbers of the state events that a client needs besides the timeline: the whole state for a room that is new to it,
 * else what changed (Client-Server API, Syncing). Members may be left to be loaded lazily.
 */
export function pickState(task: StateTask, context: SyncContext): number[] {
  const { filter, sentMembers } = context
  if (!filter.state.passesRoom(task.room.roomId)) return []
  const at = isStateAfter(context) ? task.upTo : startOf(task.timeline, task.upTo)
  const unseen = listUnseen(task, at)
  const state = new StateAt(task.room, task.changes.filter((change) => change.pos > task.upTo || !unseen.has(nameOf(change))), at)
  const changed = task.isWhole ? [] : changedSince(task, task.after ?? 0, at)
  const isLazy = filter.lazyMembers
  const nids = new Set(changed)
  if (task.isWhole) {
    for (const nid of state.listOthers((type) => type !== 'm.room.member' && filter.state.passesType(type))) nids.add(nid)
    if (!isLazy && filter.state.passesType('m.room.member')) for (const nid of state.listMembers()) nids.add(nid)
  }
  if (isLazy) for (const nid of lazyMembers(task, state, context)) nids.add(nid)
  if (isLazy) for (const nid of nids) sentMembers?.add(nid)
  return [...nids]
}

/** What changed after a point without being shown in the timeline: it is told as if it had been so before. */
function listUnseen({ changes, timeline, upTo }: StateTask, at: number): ReadonlySet<string> {
  const shown = new Set(timeline.events.map((event) => event.nid))
  const unseen = new Set<string>()
  const seen = new Set<string>()
  for (const change of changes) {
    if (change.pos <= at || change.pos > upTo) continue
    const isShown = change.nid !== undefined && shown.has(change.nid)
    const names = isShown ? seen : unseen
    names.add(nameOf(change))
  }
  return unseen.difference(seen)
}

const nameOf = ({ type, stateKey }: StateChange): string => stateName(type, stateKey)

/** The members without whom a client cannot show the timeline, as far as it does not have them. */
export function lazyMembers(
  { timeline, isWhole, heroes }: Pick<StateTask, 'timeline' | 'isWhole' | 'heroes'>, state: StateAt, context: SyncContext,
): number[] {
  const { filter, reader, sentMembers } = context
  const wanted = new Set(timeline.events.map((event) => event.sender))
  for (const userId of heroes ?? []) wanted.add(userId)
  // The own membership tells the own name; it comes with every room that is new (GET /sync).
  if (isWhole) wanted.add(reader.userId)
  const shown = new Set(timeline.events.map((event) => event.nid))
  const nids = [...wanted].flatMap((userId) => state.member(userId) ?? [])
  const needed = isStateAfter(context) ? nids : nids.filter((nid) => !shown.has(nid))
  return filter.redundantMembers || isWhole ? needed : needed.filter((nid) => sentMembers?.has(nid) !== true)
}

/** What changed after a position: as it is at the point asked for, or, where the timeline does not show it, as it is now. */
function changedSince({ changes, timeline, upTo }: StateTask, after: number, at: number): number[] {
  const shown = new Set(timeline.events.map((event) => event.nid))
  const last = new Map<string, { before: number | undefined, now: number | undefined, isShown: boolean }>()
  for (const { pos, type, stateKey, nid } of changes) {
    if (pos <= after || pos > upTo) continue
    const name = stateName(type, stateKey)
    const known = last.get(name)
    last.set(name, {
      before: pos <= at ? nid : known?.before,
      now: nid,
      isShown: (nid !== undefined && shown.has(nid)) || known?.isShown === true,
    })
  }
  return [...last.values()].flatMap(({ before, now, isShown }) => (isShown && at < upTo ? before : now) ?? [])
}

/** Whether a state event is one that the filter wants. */
export function wantsState(event: RoomEvent, { filter }: SyncContext): boolean {
  return filter.state.passes(event)
}
