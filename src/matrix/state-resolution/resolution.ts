import type { Pdu } from '../event.ts'

/** Event ids by `stateKeyText` of type and state key. */
export type StateMap = ReadonlyMap<string, string>

/** An event as resolution looks at it. A rejected one authorises nothing and gets into no state. */
export type ResolvableEvent = Pdu & { readonly rejected?: boolean }

export type FindEvent = (eventId: string) => ResolvableEvent | undefined

/** The event of a key in which all states agree. */
export type FindUnconflicted = (key: string) => string | undefined

/** What of some states is resolved where only that is at hand in which they differ. */
export interface Conflicts {
  readonly findEvent: FindEvent
  readonly findUnconflicted: FindUnconflicted
  /** What the states differ in, their auth difference, and since room version 12 the conflicted state subgraph. */
  readonly fullConflictedSet: Iterable<string>
  /** For power levels that `findEvent` need not have, those that authorised them. */
  readonly powerLine?: ReadonlyMap<string, string | undefined>
}

export interface ResolutionOptions {
  readonly findEvent: FindEvent
  /** The auth difference of the states, where the caller knows a quicker way to it than walking all chains. */
  readonly authDifference?: (states: readonly StateMap[]) => ReadonlySet<string>
}
