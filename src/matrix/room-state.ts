import type { Pdu } from './event.ts'

/** What the rules read of a state event. */
export type StateEvent = Pick<Pdu, 'eventId' | 'sender' | 'content'>

/** The state that a rule is judged by: the event of a type and state key, or undefined where there is none. */
export type FindState = (type: string, stateKey: string) => StateEvent | undefined

/** Type and state key, which together name one entry of a room's state. */
export interface StateKey {
  readonly type: string
  readonly stateKey: string
}

/**
 * One string for a type and a state key, as a key of Maps. Types hold no NUL in practice; the length makes it safe if one
 * does.
 */
export function stateKeyText({ type, stateKey }: StateKey): string {
  return `${type.length}:${type}:${stateKey}`
}
