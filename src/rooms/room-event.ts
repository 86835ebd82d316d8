import type { JsonObject, JsonValue } from '../matrix/json.ts'
import type { Place } from '../store/rooms/events.ts'
import type { StateReference } from './state/state-reference.ts'

/** An event as it is served: parsed once, serialised once, whoever reads it. */
export interface RoomEvent {
  readonly nid: number
  readonly eventId: string
  readonly room: number
  readonly roomId: string
  readonly version: string
  readonly senderNid: number
  readonly sender: string
  readonly type: string
  /** Undefined where the event is no state. */
  readonly stateKey: string | undefined
  readonly content: JsonObject
  readonly originServerTs: number
  readonly depth: number
  /** When this server received it. */
  readonly receivedAt: number
  /** When this server learned of it as live; undefined for history that was fetched later. */
  readonly pos: number | undefined
  readonly place: Place
  /** The state after it; undefined where that is what clients were told at its position. */
  readonly branch: StateReference | undefined
  readonly status: EventStatus
  readonly redacts: string | undefined
  readonly redactedBy: string | undefined
  /** The state event whose place it took. */
  readonly replacesNid: number | undefined
  readonly relType: string | undefined
  readonly relatesTo: string | undefined
  readonly threadRoot: string | undefined
  /** Who sent it from which device under which transaction id; told to that device only. */
  readonly deviceId: string | undefined
  readonly txnId: string | undefined
  /** The signed event; redacted if it was redacted. */
  readonly pdu: JsonObject
  /**
   * The event as clients see it, as JSON text without `room_id`, `unsigned` and the closing brace:
   * what each reader needs besides is spliced in behind.
   */
  readonly text: string
}

export type EventStatus = 'accepted' | 'rejected' | 'soft-failed' | 'outlier'

/** By the numbers that the column `status` holds. */
export const EVENT_STATUSES: readonly EventStatus[] = ['accepted', 'rejected', 'soft-failed', 'outlier']

/** An event has a state key, which may be empty. */
export function isStateEvent(event: RoomEvent): event is RoomEvent & { readonly stateKey: string } {
  return event.stateKey !== undefined
}

/** A string of an event's content, undefined where it is absent or something else. */
export function contentString(event: { readonly content: JsonObject }, key: string): string | undefined {
  const value: JsonValue | undefined = Object.hasOwn(event.content, key) ? event.content[key] : undefined
  return typeof value === 'string' ? value : undefined
}
