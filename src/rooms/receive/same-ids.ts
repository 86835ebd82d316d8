import { eventSignedText } from '../../matrix/hashes.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { EventCache } from '../event-cache.ts'
import type { CheckedPdu } from './check-pdus.ts'

/**
 * Where servers give events their ids, they may give one to two events (room versions 1 and 2, Event IDs). The ids of those that
 * are not the event that is here under their id: what was here first stays.
 */
export async function findTakenIds(
  events: Pick<EventCache, 'mapById'>, version: RoomVersion, given: readonly CheckedPdu[],
): Promise<ReadonlySet<string>> {
  if (version.eventIdFormat !== 'given') return NONE
  const known = await events.mapById(given.map(({ eventId }) => eventId))
  return new Set(given.flatMap(({ eventId, pdu }) => {
    const event = known.get(eventId)
    return event === undefined || eventSignedText(event.pdu, version) === eventSignedText(pdu.json, version) ? [] : [eventId]
  }))
}

const NONE: ReadonlySet<string> = new Set()
