import { forbidden } from '../matrix/errors.ts'
import { asVerified } from '../matrix/verify-event.ts'
import { allow } from '../matrix/verdict.ts'
import { PREV_EVENTS_MAX, type SignedNext } from './build-next.ts'
import type { PreparedDraft } from './draft.ts'
import { ForkedRun, type ForkedParts } from './receive/forked-run.ts'
import { findStateBefore } from './receive/state-before.ts'
import type { Room } from './room.ts'

/** Whether the next event cannot name enough of the ends of a room for the state before it to be the present one. */
export function namesTooFew(room: Room): boolean {
  const ends = room.extremities()
  if (ends.length <= PREV_EVENTS_MAX) return false
  const isPresent = ({ state }: (typeof ends)[number]): boolean => state === undefined
  return !(ends.slice(PREV_EVENTS_MAX).every(isPresent) && ends.slice(0, PREV_EVENTS_MAX).some(isPresent))
}

export interface AmongMany extends SignedNext {
  readonly prepared: PreparedDraft
  readonly nid: number
  readonly now: number
}

/**
 * Finds out what a signed event of ours that names some of very many ends makes of the state of its room, as if it had come from
 * somebody else. Undefined where that cannot be told. Who calls holds the room, in which nothing is pending. Throws M_FORBIDDEN
 * where the state before it does not allow it.
 */
export async function buildAmongMany(
  parts: ForkedParts, room: Room, { prepared, nid, now, pdu, canonical, authNids }: AmongMany,
): Promise<Awaited<ReturnType<ForkedRun['finish']>> | undefined> {
  const before = await findStateBefore(parts, room, pdu, { told: new Map() })
  if (before === undefined) return undefined
  const cited = (await parts.events.list(authNids)).map((event) => ({ ...event, rejected: event.status === 'rejected' }))
  const run = new ForkedRun(parts, room, { before, now })
  const judged = await run.take({
    eventId: pdu.eventId, prepared, nid, cited,
    checked: { ok: true, eventId: pdu.eventId, pdu: asVerified(pdu), canonical, isAuthorised: true },
    wasOutlier: false, learnedAt: undefined, place: undefined, isBehind: false, redactedBy: undefined,
  }, allow)
  if ('unjudged' in judged) throw forbidden(judged.unjudged)
  if (judged.status !== 'accepted') throw forbidden(judged.reason ?? 'The room does not allow this.')
  return run.finish()
}
