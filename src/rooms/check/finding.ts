/** What is wrong with an event, or with the state of a room. */
export interface Finding {
  readonly kind: 'hash' | 'signature' | 'auth' | 'state' | 'graph'
  /** Undefined where it is of the whole room. */
  readonly eventId: string | undefined
  readonly message: string
}

/** What a check of a room has looked at. */
export interface CheckCounts {
  events: number
  /** Their bodies are gone, by retention or because they were purged. */
  withoutBody: number
  /** The keys that they were signed with are not known here. */
  withoutKey: number
  /** States that were compared whole. */
  states: number
}
