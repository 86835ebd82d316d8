import { mayRedact } from '../../matrix/auth-rules.ts'
import type { Pdu } from '../../matrix/event.ts'
import { powerLevelsOf } from '../../matrix/power-levels.ts'
import type { FindState } from '../../matrix/room-state.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { EventCache } from '../event-cache.ts'
import type { StatesAt } from '../state/state-at.ts'
import { stateBefore, type StateReference } from '../state/state-reference.ts'
import type { CheckedPdu } from './check-pdus.ts'
import type { ReceiptLookups } from './receipt-lookups.ts'
import type { Received } from './received.ts'

/**
 * The event that a redaction redacts, if it may: where the auth rules do not ask for it, it is asked when both events are
 * there (each room version, Handling redactions).
 */
export function redactionTarget(
  version: RoomVersion, { prepared: { target }, checked: { pdu } }: Pick<Received, 'prepared' | 'checked'>, findState: FindState,
): RoomEvent | undefined {
  if (target === undefined || version.authorizesRedactions) return target
  return mayRedact(powerLevelsOf(version, findState), pdu, target) ? target : undefined
}

/** Which of these new events were redacted before they came, each with its redaction. */
export async function findEarlyRedactions(
  { lookups, events, statesAt }: { readonly lookups: ReceiptLookups, readonly events: EventCache, readonly statesAt: StatesAt },
  room: Room,
  batch: readonly CheckedPdu[],
): Promise<Map<string, string>> {
  const byTarget = new Map(batch.map((each) => [each.eventId, each.pdu]))
  const redactions = await lookups.listRedactionsOf(room.nid, [...byTarget.keys()])
  const known = await events.map([...new Set([...redactions.values()].flat())])
  const pairs = [...redactions].flatMap(([eventId, nids]) => nids.flatMap((nid): Pair[] => {
    const [redaction, target] = [known.get(nid), byTarget.get(eventId)]
    const before = redaction === undefined ? undefined : stateBefore(redaction)
    return redaction === undefined || target === undefined || before === undefined ? [] : [{ redaction, target, before }]
  }))
  const isAsked = !room.version.authorizesRedactions && pairs.length > 0
  const states = isAsked ? await statesAt.findEach(room.nid, pairs.map(({ before }) => before), JUDGING) : []
  const found = new Map<string, string>()
  for (const [index, { redaction, target }] of pairs.entries()) {
    const levels = powerLevelsOf(room.version, (type) => states[index]?.find((event) => event.type === type))
    const isAllowed = !isAsked || mayRedact(levels, redaction, target)
    if (isAllowed && !found.has(target.eventId)) found.set(target.eventId, redaction.eventId)
  }
  return found
}

const JUDGING = [{ type: 'm.room.power_levels', stateKey: '' }, { type: 'm.room.create', stateKey: '' }]

interface Pair {
  readonly redaction: RoomEvent
  readonly target: Pdu
  readonly before: StateReference
}
