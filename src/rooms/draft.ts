import type { JsonObject } from '../matrix/json.ts'
import type { Pdu } from '../matrix/event.ts'
import type { Relation } from '../matrix/relations.ts'
import type { RoomEvent } from './room-event.ts'
import type { PendingChange } from './room.ts'

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
}
