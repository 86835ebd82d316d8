/** What waits for one device at most, and for how long: what does not fetch it is dead, or somebody floods it. */
export interface InboxLimits {
  readonly waitingMax: number
  readonly waitingMaxBytes: number
  readonly keptMs: number
}
