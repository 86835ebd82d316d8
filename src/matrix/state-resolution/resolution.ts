import type { Pdu } from '../event.ts'

/** Event ids by `stateKeyText` of type and state key. */
export type StateMap = ReadonlyMap<string, string>

/** An event as resolution looks at it. A rejected one authorises nothing and gets into no state. */
export type ResolvableEvent = Pdu & { readonly rejected?: boolean }

export type FindEvent = (eventId: string) => ResolvableEvent | undefined

export interface ResolutionOptions {
  readonly findEvent: FindEvent
  /** The auth difference of the states, where the caller knows a quicker way to it than walking all chains. */
  readonly authDifference?: (states: readonly StateMap[]) => ReadonlySet<string>
}
