import type { RoomVersion } from '../room-versions.ts'
import type { Conflicts, ResolutionOptions, StateMap } from './resolution.ts'
import { resolveStateV1 } from './resolve-state-v1.ts'
import { resolveConflictsV2, resolveStateV2 } from './resolve-state-v2.ts'

/**
 * The state that several states of a room resolve to, by the algorithm of its version (each room version, State
 * resolution). The result does not depend on the order of the states. Events that `findEvent` does not have are left out,
 * so it should have the full auth chains of all states (or at least of what they differ in, where the caller computes the
 * auth difference by other means).
 */
export function resolveState(version: RoomVersion, states: readonly StateMap[], options: ResolutionOptions): Map<string, string> {
  const [first, ...others] = states
  if (first === undefined) return new Map()
  if (others.length === 0) return new Map(first)
  return version.stateResolution === 'v1'
    ? resolveStateV1(version, states, { ...options, findUnconflicted: () => undefined })
    : resolveStateV2(version, states, options)
}

/**
 * The same for states of which only the keys are given in which they differ. The outcome holds what came out for these, and
 * for keys that none of the states has; a key that is missing in it is not in the state.
 */
export function resolveConflicts(version: RoomVersion, states: readonly StateMap[], conflicts: Conflicts): Map<string, string> {
  return version.stateResolution === 'v1' ? resolveStateV1(version, states, conflicts) : resolveConflictsV2(version, conflicts)
}
