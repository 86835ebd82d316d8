import type { Reader } from '../rooms/reading/client-events.ts'
import type { SyncToken } from '../streams/tokens.ts'
import type { SyncFilter } from './filter.ts'

/** Under which name the state stands that holds after the timeline; `state` is that before it. */
export type StateName = 'state' | 'state_after' | 'org.matrix.msc4222.state_after'

/** What a client asks for. Kept while it waits, so it holds nothing large of its own. */
export interface SyncRequest {
  readonly reader: Reader
  /** Up to where the client has everything; undefined for who comes anew. */
  readonly since: SyncToken | undefined
  /** The token with which the client came. */
  readonly token: string | undefined
  readonly filter: SyncFilter
  readonly fullState: boolean
  readonly stateName: StateName
}

/** What there is to tell. */
export interface SyncAnswer {
  /** The answer as JSON text; undefined where nothing happened. */
  readonly text: string | undefined
  /** Up to where the client has everything with this answer. */
  readonly next: SyncToken
}

/** Works out what a client that waits is told. */
export interface AnswerSource {
  read(request: SyncRequest): Promise<SyncAnswer>
  /** The answer when nothing happened. */
  writeEmpty(request: SyncRequest, next: SyncToken): Promise<string>
}

/** Which membership events a client has been given, where members are loaded lazily. */
export interface SentMembers {
  has(nid: number): boolean
  add(nid: number): void
}

/** One attempt at an answer. */
export interface SyncContext extends SyncRequest {
  /** Everything up to this position is in the answer. */
  readonly upTo: number
  readonly ignored: ReadonlySet<string>
  readonly sentMembers: SentMembers | undefined
}

/** Whether the state stands at the end of the timeline rather than before it. */
export function isStateAfter({ stateName }: SyncRequest): boolean {
  return stateName !== 'state'
}
