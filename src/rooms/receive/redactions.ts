import { mayRedact } from '../../matrix/auth-rules.ts'
import { powerLevelsOf } from '../../matrix/power-levels.ts'
import type { FindState } from '../../matrix/room-state.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { EventCache } from '../event-cache.ts'
import type { StatesAt } from '../state-at.ts'
import { stateBefore } from '../state-reference.ts'
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
  const found = new Map<string, string>()
  for (const [eventId, nids] of redactions) {
    const target = byTarget.get(eventId)
    for (const redaction of await events.list(nids)) {
      const reference = stateBefore(redaction)
      if (target === undefined || reference === undefined || found.has(eventId)) continue
      const state = await statesAt.find(room.nid, reference, [
        { type: 'm.room.power_levels', stateKey: '' }, { type: 'm.room.create', stateKey: '' },
      ])
      const levels = powerLevelsOf(room.version, (type) => state.find((event) => event.type === type))
      if (room.version.authorizesRedactions || mayRedact(levels, redaction, target)) found.set(eventId, redaction.eventId)
    }
  }
  return found
}
