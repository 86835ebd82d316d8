import { hash } from 'node:crypto'
import { authorize } from '../auth-rules.ts'
import { stateKeyText } from '../room-state.ts'
import type { RoomVersion } from '../room-versions.ts'
import type { Conflicts, FindEvent, FindUnconflicted, ResolvableEvent, StateMap } from './resolution.ts'

/** The types that are resolved first, one after another, because the rules depend on them. */
const PASSES = ['m.room.power_levels', 'm.room.join_rules', 'm.room.member']

interface Resolving {
  readonly version: RoomVersion
  readonly findEvent: FindEvent
  readonly findUnconflicted: FindUnconflicted
  readonly resolved: Map<string, string>
}

/**
 * State resolution of room version 1 (room version 1, State resolution). The states may be whole, or hold only the keys in
 * which they differ.
 */
export function resolveStateV1(
  version: RoomVersion, states: readonly StateMap[], { findEvent, findUnconflicted }: Pick<Conflicts, 'findEvent' | 'findUnconflicted'>,
): Map<string, string> {
  const { resolved, conflicts } = separate(states, findEvent)
  const resolving = { version, findEvent, findUnconflicted, resolved }
  for (const type of PASSES) {
    const winners = conflicts.filter(({ events }) => typeOf(events) === type)
      .map(({ key, events }) => ({ key, winner: resolveAuthEvents(resolving, key, events) }))
    for (const { key, winner } of winners) resolved.set(key, winner.eventId)
  }
  const others = conflicts.filter(({ events }) => !PASSES.includes(typeOf(events)))
    .map(({ key, events }) => ({ key, winner: resolveOther(resolving, events) }))
  for (const { key, winner } of others) resolved.set(key, winner.eventId)
  return resolved
}

interface Conflict {
  readonly key: string
  /** The lowest depth first, of equal ones the highest hash of the id; never empty. */
  readonly events: readonly [ResolvableEvent, ...ResolvableEvent[]]
}

/** A key that some states do not have is no conflict here, unlike in version 2. */
function separate(
  states: readonly StateMap[], findEvent: FindEvent,
): { resolved: Map<string, string>, conflicts: readonly Conflict[] } {
  const byKey = new Map<string, Set<string>>()
  for (const state of states) {
    for (const [key, eventId] of state) byKey.set(key, (byKey.get(key) ?? new Set()).add(eventId))
  }
  const resolved = new Map<string, string>()
  const conflicts: Conflict[] = []
  for (const [key, eventIds] of byKey) {
    const [only = ''] = eventIds
    const [first, ...others] = eventIds.size === 1 ? [] : inOrder([...eventIds].flatMap((eventId) => findEvent(eventId) ?? []))
    if (eventIds.size === 1) resolved.set(key, only)
    else if (first !== undefined) conflicts.push({ key, events: [first, ...others] })
  }
  return { resolved, conflicts }
}

function inOrder(events: readonly ResolvableEvent[]): readonly ResolvableEvent[] {
  const keyed = events.map((event) => ({ event, digest: hash('sha1', event.eventId, 'hex') }))
  keyed.sort((a, b) => a.event.depth - b.event.depth || (a.digest < b.digest ? 1 : -1))
  return keyed.map(({ event }) => event)
}

/** The first event counts unseen; each further one as long as the ones before allow it. */
function resolveAuthEvents(resolving: Resolving, key: string, [first, ...others]: Conflict['events']): ResolvableEvent {
  let winner = first
  for (const event of others) {
    if (!isAllowed(resolving, event, key, winner)) return winner
    winner = event
  }
  return winner
}

/** The last event that the resolved state allows; if it allows none, the first. */
function resolveOther(resolving: Resolving, events: Conflict['events']): ResolvableEvent {
  return events.findLast((event) => isAllowed(resolving, event)) ?? events[0]
}

function isAllowed(
  { version, findEvent, findUnconflicted, resolved }: Resolving, event: ResolvableEvent, key?: string, current?: ResolvableEvent,
): boolean {
  const findState = (type: string, stateKey: string): ResolvableEvent | undefined => {
    const wanted = stateKeyText({ type, stateKey })
    if (wanted === key) return current
    const eventId = resolved.get(wanted) ?? findUnconflicted(wanted)
    return eventId === undefined ? undefined : findEvent(eventId)
  }
  return authorize(version, event, findState, { isSignedBy: () => true }).allowed
}

function typeOf(events: Conflict['events']): string {
  return events[0].type
}
