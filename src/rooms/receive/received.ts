import { redactsOf } from '../../matrix/redaction.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { Place } from '../../store/rooms/events.ts'
import type { HeaderRow } from '../../store/rooms/known-events.ts'
import type { Draft, PreparedDraft } from '../draft.ts'
import type { KnownState } from '../outliers.ts'
import { MAIN_LINE, type StateReference } from '../state/state-reference.ts'
import type { CheckedPdu } from './check-pdus.ts'

/** What became of an event that was received. */
export interface Outcome {
  readonly eventId: string | undefined
  /** `known`: it was here before. `dropped`: nothing of it was kept. */
  readonly kind: 'accepted' | 'rejected' | 'soft-failed' | 'dropped' | 'known'
  /** Why, for the log. */
  readonly reason?: string | undefined
}

export interface ReceiveOptions {
  /** The server that sent them, which is asked for what is missing. */
  readonly origin: string
  /** For history: the events at its end, by id, with the place that they precede. Nothing of it is live. */
  readonly filling?: ReadonlyMap<string, Place>
  /** A state near those of the history. */
  readonly near?: StateReference | undefined
}

/** An event on its way into a room, with what judging and writing it needs. */
export interface Received {
  readonly eventId: string
  readonly checked: CheckedPdu
  readonly prepared: PreparedDraft
  readonly nid: number
  readonly wasOutlier: boolean
  /** When it was learned of apart from the course of the room; undefined for one that is new. */
  readonly learnedAt: number | undefined
  readonly cited: readonly KnownState[]
  /** Where it belongs, if it fills a gap. */
  readonly place: Place | undefined
  /** Whether it is live and events that are here come after it already. */
  readonly isBehind: boolean
  /** The redaction that came before it. */
  readonly redactedBy: string | undefined
}

/** The event as what builds and prepares events looks at it. */
export function draftOf({ pdu }: CheckedPdu, version: RoomVersion): Draft {
  const redacts = pdu.type === 'm.room.redaction' ? redactsOf(pdu.json, version) : undefined
  return {
    type: pdu.type, sender: pdu.sender, stateKey: pdu.stateKey, content: pdu.content, redacts, originServerTs: pdu.originServerTs,
  }
}

/** The state after an event that is stored; undefined for one that is known apart from the course of its room. */
export function referenceAfter({ pos, state_branch: branch, state_seq: at }: HeaderRow): StateReference | undefined {
  if (branch !== null) return { branch, at: at ?? 0 }
  return pos === null ? undefined : { branch: MAIN_LINE, at: pos }
}

/** Whether an event has its place in the course of its room. */
export function isPlaced(header: HeaderRow | undefined): header is HeaderRow {
  return header !== undefined && referenceAfter(header) !== undefined
}
