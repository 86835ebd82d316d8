import type { Db } from '../../store/database.ts'
import type { Place } from '../../store/rooms/events.ts'
import { listLowestOffsets } from '../../store/rooms/gaps.ts'
import type { CheckedPdu } from './check-pdus.ts'

/**
 * Where in the room history belongs that leads to the events `filling`: before the live event that it precedes, in its order,
 * behind what was put there earlier. `ordered` has predecessors first.
 */
export async function findPlaces(
  db: Db, room: number, ordered: readonly CheckedPdu[], filling: ReadonlyMap<string, Place>,
): Promise<Map<string, Place>> {
  const named = new Map(filling)
  // What comes before an event that fills a gap fills it too.
  for (const { eventId, pdu } of ordered.toReversed()) {
    const place = named.get(eventId)
    if (place === undefined) continue
    for (const prev of pdu.prevEvents) if (!named.has(prev)) named.set(prev, place)
  }
  const lowest = await listLowestOffsets(db, room, [...new Set([...named.values()].map(({ pos }) => pos))])
  const places = new Map<string, Place>()
  for (const { eventId } of ordered.toReversed()) {
    const pos = named.get(eventId)?.pos
    if (pos === undefined) continue
    const offset = (lowest.get(pos) ?? 0) - 1
    lowest.set(pos, offset)
    places.set(eventId, { pos, offset })
  }
  return places
}
