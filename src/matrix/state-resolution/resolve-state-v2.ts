import { authTypesFor } from '../auth-events.ts'
import { authorize } from '../auth-rules.ts'
import { impliedCreateEvent } from '../event.ts'
import { ownValue } from '../json.ts'
import { stateKeyText, type FindState } from '../room-state.ts'
import type { RoomVersion } from '../room-versions.ts'
import { authChain, authDifference, conflictedSubgraph } from './auth-chain.ts'
import { sortByMainline } from './mainline-order.ts'
import { sortByPower } from './power-order.ts'
import type { Conflicts, FindEvent, ResolutionOptions, ResolvableEvent, StateMap } from './resolution.ts'

const POWER_TYPES: ReadonlySet<string> = new Set(['m.room.create', 'm.room.power_levels', 'm.room.join_rules'])
const POWER_LEVELS_KEY = stateKeyText({ type: 'm.room.power_levels', stateKey: '' })

/**
 * State resolution of room versions 2 to 11, and with the changes called 2.1 of version 12 (room versions 2 and 12, State
 * resolution, Algorithm).
 */
export function resolveStateV2(
  version: RoomVersion, states: readonly StateMap[], options: ResolutionOptions,
): Map<string, string> {
  const { unconflicted, conflicted } = separate(states)
  if (conflicted.size === 0) return unconflicted
  const resolved = resolveConflictsV2(version, {
    findEvent: options.findEvent,
    findUnconflicted: (key) => unconflicted.get(key),
    fullConflictedSet: fullConflictedSet(version, states, conflicted, options),
  })
  for (const [key, eventId] of unconflicted) resolved.set(key, eventId)
  return resolved
}

/** The same where only that is at hand in which the states differ. In what they agree is not in the outcome. */
export function resolveConflictsV2(version: RoomVersion, conflicts: Conflicts): Map<string, string> {
  const { findEvent, findUnconflicted } = conflicts
  const full = stateEventsOf(conflicts)

  // 1. The power events among them with what authorises them, in the order of the senders' power.
  const powerEvents = [...full.values()].filter(isPowerEvent).map((event) => event.eventId)
  const chosen = authChain(powerEvents, (eventId) => full.get(eventId)?.authEvents.filter((authEvent) => full.has(authEvent)))
  const first = sortByPower(version, [...chosen].flatMap((eventId) => full.get(eventId) ?? []), findEvent)

  // 2. Room version 12 starts from nothing, so that no state is trusted that the events themselves do not lead to.
  const resolved = new Map<string, string>()
  const findResolved = version.stateResolution === 'v2.1'
    ? (key: string) => resolved.get(key)
    : (key: string) => resolved.get(key) ?? findUnconflicted(key)
  applyAllowed({ version, findEvent, findResolved, resolved }, first)

  // 3. and 4. All others, by the power levels that came out.
  const others = [...full.values()].filter((event) => !chosen.has(event.eventId))
  const powerLevels = findResolved(POWER_LEVELS_KEY)
  applyAllowed({ version, findEvent, findResolved, resolved }, sortByMainline(others, powerLevels, conflicts))

  // 5. What the states agree on stays as it is.
  for (const key of resolved.keys()) if (findUnconflicted(key) !== undefined) resolved.delete(key)
  return resolved
}

/** A key is unconflicted if every state has it with the same event. */
function separate(states: readonly StateMap[]): { unconflicted: Map<string, string>, conflicted: Set<string> } {
  const unconflicted = new Map<string, string>()
  const conflicted = new Set<string>()
  for (const state of states) {
    for (const [key, eventId] of state) {
      if (unconflicted.has(key) || conflicted.has(eventId)) continue
      if (states.every((other) => other.get(key) === eventId)) unconflicted.set(key, eventId)
      else conflicted.add(eventId)
    }
  }
  return { unconflicted, conflicted }
}

function fullConflictedSet(
  version: RoomVersion, states: readonly StateMap[], conflicted: ReadonlySet<string>, options: ResolutionOptions,
): ReadonlySet<string> {
  const { findEvent } = options
  const findAuthEvents = (eventId: string): readonly string[] | undefined => findEvent(eventId)?.authEvents
  const difference = options.authDifference?.(states) ?? authDifference(states.map((state) => state.values()), findAuthEvents)
  const subgraph = version.stateResolution === 'v2.1' ? conflictedSubgraph(conflicted, findAuthEvents) : []
  return new Set([...conflicted, ...difference, ...subgraph])
}

function stateEventsOf({ fullConflictedSet: eventIds, findEvent }: Conflicts): ReadonlyMap<string, ResolvableEvent> {
  const full = new Map<string, ResolvableEvent>()
  for (const eventId of eventIds) {
    const event = findEvent(eventId)
    if (event?.stateKey !== undefined) full.set(eventId, event)
  }
  return full
}

/** What may take power from someone: the rules of the room, and memberships that one user ends for another. */
function isPowerEvent({ type, stateKey, sender, content }: ResolvableEvent): boolean {
  if (POWER_TYPES.has(type)) return stateKey === ''
  const membership = ownValue(content, 'membership')
  return type === 'm.room.member' && (membership === 'leave' || membership === 'ban') && sender !== stateKey
}

interface Resolving {
  readonly version: RoomVersion
  readonly findEvent: FindEvent
  /** The state so far. */
  readonly findResolved: (key: string) => string | undefined
  /** What of it was found here. */
  readonly resolved: Map<string, string>
}

/** Iterative auth checks: each event that the state so far allows becomes part of it. */
function applyAllowed(resolving: Resolving, events: readonly ResolvableEvent[]): void {
  const { version, resolved } = resolving
  for (const event of events) {
    // The specification would judge an event anew that was rejected by the state before it. Synapse, which most servers
    // run, never lets a rejected event in, and agreeing with them about the state matters more here than the letter.
    if (event.rejected === true || event.stateKey === undefined) continue
    const state = authStateOf(resolving, event)
    const findState: FindState = (type, stateKey) => state.get(stateKeyText({ type, stateKey }))
    const verdict = authorize(version, event, findState, { isSignedBy: () => true })
    if (verdict.allowed) resolved.set(stateKeyText({ type: event.type, stateKey: event.stateKey }), event.eventId)
  }
}

/** The state so far, and where it has none of what the rules need, the event's own auth events. */
function authStateOf(
  { version, findEvent, findResolved }: Resolving, event: ResolvableEvent,
): ReadonlyMap<string, ResolvableEvent> {
  const state = new Map<string, ResolvableEvent>()
  const add = (eventId: string | undefined): void => {
    const found = eventId === undefined ? undefined : findEvent(eventId)
    if (found?.stateKey === undefined || found.rejected === true) return
    state.set(stateKeyText({ type: found.type, stateKey: found.stateKey }), found)
  }
  // Room version 12 cites no create event: the room's id stands for it.
  add(impliedCreateEvent(event, version))
  for (const eventId of event.authEvents) add(eventId)
  for (const key of authTypesFor(event, version)) add(findResolved(stateKeyText(key)))
  return state
}
