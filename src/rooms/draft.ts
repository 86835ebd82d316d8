import type { StrippedSource } from '../matrix/client-event.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Pdu } from '../matrix/event.ts'
import type { Relation } from '../matrix/relations.ts'
import type { Place } from '../store/rooms/events.ts'
import type { StateChange } from './recent-events.ts'
import type { EventStatus, RoomEvent } from './room-event.ts'
import type { PendingChange } from './room.ts'
import type { StateReference } from './state/state-reference.ts'
import type { ViewEntry } from './state/state-view.ts'

/** What somebody of this server wants to happen in a room. */
export interface Draft {
  readonly type: string
  readonly sender: string
  /** Undefined for an event that is no state. */
  readonly stateKey?: string | undefined
  readonly content: JsonObject
  /** The event that a redaction redacts. */
  readonly redacts?: string | undefined
  /** Milliseconds since the epoch; the present if undefined. */
  readonly originServerTs?: number | undefined
  readonly deviceId?: string | undefined
  readonly txnId?: string | undefined
}

/** A draft with everything at hand that building the event needs, so that nothing is awaited meanwhile. */
export interface PreparedDraft {
  readonly draft: Draft
  readonly key: number
  readonly senderNid: number
  /** The number of the user whose membership this is, where that is a user of this server. */
  readonly localMember: number | undefined
  readonly relation: Relation | undefined
  readonly threadRoot: string | undefined
  /** The event that a redaction redacts, where it is in this room. */
  readonly target: RoomEvent | undefined
  /** The membership of who invites, where a user of this server is invited. */
  readonly inviter?: StrippedSource | undefined
}

/** A signed event that is not committed yet. */
export interface BuiltEvent {
  readonly nid: number
  readonly prepared: PreparedDraft
  readonly pdu: Pdu
  readonly canonical: string
  readonly receivedAt: number
  readonly prevNids: readonly number[]
  readonly authNids: readonly number[]
  readonly replacesNid: number | undefined
  readonly change: PendingChange
  /** What a user who is invited or knocks may know of the room, as JSON text. */
  readonly strippedState: string | undefined
  /** The redaction that came before it. */
  readonly redactedBy?: string | undefined
  /** Where it stands, unless it simply follows the present state of its room. */
  readonly standing?: Standing
}

/** How an entry of a room's state changes, besides what the event itself says. */
export interface LogChange extends Omit<StateChange, 'pos'> {
  readonly key: number
  readonly membership: string | null
  /** The number of the user whose membership it is, where that is a user of this server. */
  readonly localMember: number | undefined
}

/** A step of a branch. */
export interface BranchStep {
  readonly branch: number
  readonly seq: number
  readonly key: number
  readonly entry: ViewEntry | undefined
}

/** A branch that begins with an event. */
export interface OpenedBranch {
  readonly parent: StateReference
  readonly depth: number
  /** Whether a state that another server told came in with the event. */
  readonly isTold: boolean
}

/** Where a received event stands that does not simply follow the present state of its room. */
export interface Standing {
  readonly status: EventStatus
  /** Where it belongs in the room, if it fills a gap; a live one is placed by its position. */
  readonly place: Place | undefined
  /** The state after it; undefined on the main line. */
  readonly branch: StateReference | undefined
  /** The branch that begins with it. */
  readonly opens: OpenedBranch | undefined
  readonly steps: readonly BranchStep[]
  /** How the state of the room changes. */
  readonly log: readonly LogChange[]
  /** Whether it was known before apart from the course of the room. */
  readonly wasOutlier: boolean
  /** Its predecessors that this server does not have. */
  readonly missing: readonly string[]
  /** Whether it is live and events that are here come after it already: it is no extremity. */
  readonly isBehind: boolean
}
