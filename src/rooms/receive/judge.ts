import { authorize, checkAuthEvents, type CitedEvent } from '../../matrix/auth-rules.ts'
import { stateKeyText, type FindState, type StateEvent } from '../../matrix/room-state.ts'
import type { Pdu } from '../../matrix/event.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { Verdict } from '../../matrix/verdict.ts'
import type { CheckedPdu } from './check-pdus.ts'

/** An auth event of another event. */
export type CitedState = CitedEvent & StateEvent

/**
 * Check 4: the event passes the rules by the events that it cites itself. One that was rejected authorises nothing, so the
 * verdict on it is inherited. `create` is cited by none where the room's id stands for it.
 */
export function checkByAuthEvents(
  version: RoomVersion, { pdu, isAuthorised }: CheckedPdu, cited: readonly CitedState[], create: StateEvent | undefined,
): Verdict {
  const isWellCited = checkAuthEvents(version, pdu, cited)
  if (!isWellCited.allowed) return isWellCited
  const state = new Map<string, StateEvent>(cited.map((event) => (
    [stateKeyText({ type: event.type, stateKey: event.stateKey ?? '' }), event]
  )))
  const findState: FindState = (type, stateKey) => {
    const isImplied = version.roomIdFromCreateEvent && type === 'm.room.create' && stateKey === ''
    return isImplied ? create : state.get(stateKeyText({ type, stateKey }))
  }
  return authorize(version, pdu, findState, { isSignedBy: () => isAuthorised })
}

/**
 * Whether an event would begin a room anew. The rules let it pass, since they look at nothing but itself; what came after it
 * could then be told as the room's state, and take it from those who are in it.
 */
export function isOtherCreate({ type, eventId }: Pick<Pdu, 'type' | 'eventId'>, create: StateEvent | undefined): boolean {
  return type === 'm.room.create' && create !== undefined && create.eventId !== eventId
}

/** Checks 5 and 6: the event passes the rules by a state, that before it or the present one. */
export function checkByState(version: RoomVersion, { pdu, isAuthorised }: CheckedPdu, findState: FindState): Verdict {
  return authorize(version, pdu, findState, { isSignedBy: () => isAuthorised })
}
